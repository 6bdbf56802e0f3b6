"""What a file says about a part of it, its excerpt says too, at the places that these have there."""

from __future__ import annotations

import functools
import json
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import wavinfo
from hypothesis import given
from hypothesis import strategies as st

from profiles import examples
from takevoice import audio
from takevoice.audio.containers import track_names
from takevoice.audio.containers.cue_points import CuePoints, moved_sampler
from takevoice.audio.containers.moved_times import moved_ixml
from takevoice.audio.containers.span import Span
from takevoice.errors import TakevoiceError

RATE = 48_000
FRAMES = 48_000
FIRST, COUNT = 12_000, 24_000  # of the excerpt: 0.3 s for 0.4 s, with 0.05 s at either side
TIME_REFERENCE = (1 << 32) - 100  # moved, it needs its upper half
HISTORY = b"A=PCM,F=48000,W=24,M=mono,T=recorder\r\n"


def chunk(name: bytes, content: bytes, order: str = "<") -> bytes:
    return struct.pack(f"{order}4sI", name, len(content)) + content + bytes(len(content) % 2)


def bext(order: str = "<", description: bytes = b"sTRK1=Boom\r\nsTRK2=Anna\r\nsTRK3=Ben\r\nsNOTE=good\r\n") -> bytes:
    fixed = description.ljust(256, b"\0") + b"Originator".ljust(32, b"\0") + b"REF123".ljust(32, b"\0")
    fixed += b"2026-11-21" + b"12:34:56" + struct.pack(f"{order}QH", TIME_REFERENCE, 2)
    return fixed + bytes(range(64)) + struct.pack(f"{order}5h", -2310, 500, -110, -1800, -2000) + bytes(180) + HISTORY


def stamps(since_midnight: int) -> str:
    return (
        f"<TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI>{since_midnight >> 32}</TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI>\n"
        f"<TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO>{since_midnight & 0xFFFFFFFF}</TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO>\n"
    )


def track(channel: int, place: int | None, name: str) -> str:
    index = "" if place is None else f"<INTERLEAVE_INDEX>{place}</INTERLEAVE_INDEX>"
    return f"<TRACK><CHANNEL_INDEX>{channel}</CHANNEL_INDEX>{index}<NAME>{name}</NAME></TRACK>"


def ixml(tracks: str = "", count: int = 3, since_midnight: int = TIME_REFERENCE, more: str = "") -> bytes:
    tracks = tracks or "\n".join([track(1, 1, "Boom"), track(4, 2, "Anna"), track(7, 3, "Ben")])
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<BWFXML>\n<PROJECT>Films</PROJECT>\n<SPEED>\n'
        f"{stamps(since_midnight)}<TIMESTAMP_SAMPLE_RATE>48000</TIMESTAMP_SAMPLE_RATE>\n</SPEED>\n"
        f"<BEXT><BWF_TIME_REFERENCE_LOW>{since_midnight & 0xFFFFFFFF}</BWF_TIME_REFERENCE_LOW>"
        f"<BWF_TIME_REFERENCE_HIGH>{since_midnight >> 32}</BWF_TIME_REFERENCE_HIGH></BEXT>\n{more}"
        f"<TRACK_LIST>\n<TRACK_COUNT>{count}</TRACK_COUNT>\n{tracks}\n</TRACK_LIST>\n</BWFXML>\n"
    )
    return (text + "\n" * (len(text) % 2)).encode()


def cue(points: list[tuple[int, int]], order: str = "<", *, played: bool = True) -> bytes:
    """A chunk of cue points (number, frame); some programs store the frame once, others in both places."""
    entries = (struct.pack(f"{order}II4sIII", each, at if played else 0, b"data", 0, 0, at) for each, at in points)
    return struct.pack(f"{order}I", len(points)) + b"".join(entries)


def labels(
    names: dict[int, bytes], regions: dict[int, int] | None = None, order: str = "<", note: bytes = b"note"
) -> bytes:
    content = b"adtl"
    for number, name in names.items():
        content += chunk(b"labl", struct.pack(f"{order}I", number) + name + b"\0", order)
        content += chunk(b"note", struct.pack(f"{order}I", number) + note + b"\0", order)
    for number, length in (regions or {}).items():
        content += chunk(b"ltxt", struct.pack(f"{order}II4s4H", number, length, b"rgn ", 0, 0, 0, 0), order)
    return content


def sampler(loops: list[tuple[int, int]], order: str = "<") -> bytes:
    head = struct.pack(f"{order}9I", 0, 0, 20_833, 60, 0, 30, 0x0A000000, len(loops), 4)
    return head + b"".join(struct.pack(f"{order}6I", 9, 0, *each, 0, 0) for each in loops) + b"DATA"


def cart(timers: list[tuple[bytes, int]]) -> bytes:
    entries = b"".join(struct.pack("<4sI", *each) for each in timers)
    return (b"0101" + b"Spot".ljust(680, b"\0") + entries.ljust(64, b"\0")).ljust(2048, b"\0")


POINTS = [(1, 11_999), (2, 12_000), (7, 20_000), (4, 35_999), (5, 36_000), (6, 10_000), (8, 30_000)]
REGIONS = {6: 5000, 8: 10_000, 1: 1}  # into the excerpt, out of it, and before it
BEHIND = [
    (b"cue ", cue(POINTS)),
    (b"LIST", labels({1: b"before", 2: b"first", 7: b"odd", 5: b"end", 6: b"into"}, REGIONS)),
    (b"plst", struct.pack("<I9I", 3, 1, 1, 1, 7, 100, 2, 8, 10_000, 1)),
    (b"LIST", b"INFO" + chunk(b"INAM", b"A title\0") + chunk(b"ICMT", b"odd")),
    (b"smpl", sampler([(100, 200), (12_000, 35_999), (20_000, 36_000), (15_000, 16_000)])),
    (b"cart", cart([(b"MRK ", 13_000), (b"EOM ", 40_000)])),
    (b"acid", bytes(range(24))),
    (b"id3 ", b"ID3\3\0\0\0\0\0\0"),
    (b"xyz1", b"nobody knows\0"),
    (b"levl", bytes(120)),
]


@functools.cache
def noise(channels: int) -> np.ndarray:
    return np.random.default_rng(1).integers(-(1 << 31), 1 << 31, (FRAMES, channels), np.int64).astype(np.int32) >> 8 << 8


def wave(
    path: Path,
    behind: list[tuple[bytes, bytes]] | None = None,
    channels: int = 3,
    container: str = "WAV",
    subtype: str = "PCM_24",
    before: list[tuple[bytes, bytes]] | None = None,
) -> Path:
    """A file as recorders write it: bext and iXML before the audio, the rest behind it."""
    order = ">" if container == "RIFX" else "<"
    kind = {"RIFX": "WAV", "BW64": "RF64"}.get(container, container)
    soundfile.write(path, noise(channels), RATE, subtype, "BIG" if order == ">" else None, kind)
    data = path.read_bytes()
    at = data.index(b"data")
    before = [(b"bext", bext(order)), (b"iXML", ixml()), (b"MD5 ", bytes(16))] if before is None else before
    size = len(data) - at - 8
    chunks = data[12:at] + b"".join(chunk(*each, order) for each in before) + data[at:] + bytes(size % 2)
    chunks += b"".join(chunk(*each, order) for each in (BEHIND if behind is None else behind))
    if kind == "RF64":
        ds64 = chunks.index(b"ds64") + 8
        chunks = chunks[:ds64] + struct.pack("<Q", len(chunks) + 4) + chunks[ds64 + 8 :]
        path.write_bytes(container.encode() + data[4:12] + chunks)
    else:
        path.write_bytes(data[:4] + struct.pack(f"{order}I", len(chunks) + 4) + b"WAVE" + chunks)
    return path


def chunks_of(path: Path) -> list[tuple[bytes, bytes]]:
    """Name and content of each chunk, in order; the sizes must end where the file does."""
    data = path.read_bytes()
    order = "big" if data[:4] == b"RIFX" else "little"
    assert 8 + int.from_bytes(data[4:8], order) == len(data)
    found, at = [], 12
    while at < len(data):
        size = int.from_bytes(data[at + 4 : at + 8], order)
        found.append((data[at : at + 4], data[at + 8 : at + 8 + size]))
        at += 8 + size + size % 2
    assert at == len(data)
    return found


def cut(source: Path, **options: Any) -> Path:
    made = audio.cut(source, source.with_name("excerpt.wav"), start=0.3, length=0.4, handle=0.05, **options)
    assert (made.first_frame, made.frames) == (FIRST, COUNT)
    return made.path


@pytest.mark.parametrize("container", ["WAV", "WAVEX", "RF64", "BW64"])
def test_chunks(tmp_path: Path, container: str) -> None:
    source = wave(tmp_path / "source.wav", container=container)
    found = chunks_of(cut(source))
    before = dict(chunks_of_any(source))
    names = [name for name, _ in found if name != b"fact"]  # libsndfile gives each WAVEX one
    assert b" ".join(names) == b"fmt  bext iXML data cue  LIST plst LIST smpl cart acid id3  xyz1"
    after = dict(found)
    for name in (b"fmt ", b"LIST", b"acid", b"id3 ", b"xyz1"):  # the last LIST is INFO
        assert after[name] == before[name]
    frame = 9
    assert after[b"data"] == before[b"data"][FIRST * frame : (FIRST + COUNT) * frame]


def chunks_of_any(path: Path) -> list[tuple[bytes, bytes]]:
    """The chunks of a source, by the sizes in ds64 where it has one."""
    data, at, found = path.read_bytes(), 12, []
    while at + 8 <= len(data):
        name, size = struct.unpack("<4sI", data[at : at + 8])
        size = int.from_bytes(data[28:36], "little") if size == 0xFFFFFFFF else size
        found.append((name, data[at + 8 : at + 8 + size]))
        at += 8 + size + size % 2
    return found


def test_bext(tmp_path: Path) -> None:
    after = dict(chunks_of(cut(wave(tmp_path / "source.wav"))))[b"bext"]
    expected = bytearray(bext())
    expected[338:346] = struct.pack("<Q", TIME_REFERENCE + FIRST)
    expected[412:422] = b"\xff\x7f" * 5
    assert after == expected


def test_bext_without_loudness(tmp_path: Path) -> None:
    """In versions 0 and 1, the bytes of the loudness are reserved."""
    old = bytearray(bext())
    old[346:348], old[412:422] = struct.pack("<H", 1), bytes(10)
    source = wave(tmp_path / "source.wav", [], before=[(b"bext", bytes(old))])
    old[338:346] = struct.pack("<Q", TIME_REFERENCE + FIRST)
    assert dict(chunks_of(cut(source)))[b"bext"] == old


def test_ixml(tmp_path: Path) -> None:
    after = dict(chunks_of(cut(wave(tmp_path / "source.wav"))))[b"iXML"]
    assert after == ixml(since_midnight=TIME_REFERENCE + FIRST)


@pytest.mark.parametrize(("rate", "by"), [(48_000, FIRST), (48_048, FIRST), (47_952, FIRST), (96_000, 2 * FIRST)])
def test_the_rate_of_time_stamps(rate: int, by: int) -> None:
    """Pulled rates count the file's own samples; others are converted."""
    text = ixml(since_midnight=1000).replace(b"RATE>48000", f"RATE>{rate}".encode())
    moved = moved_ixml(text, Span(FIRST, COUNT, RATE))
    assert stamps(1000 + by).encode() in moved
    assert b"LOW>%d<" % (1000 + FIRST) in moved


def test_sync_points_and_loudness_of_ixml() -> None:
    def point(kind: str, at: int) -> str:
        return (
            f"<SYNC_POINT><SYNC_POINT_TYPE>{kind}</SYNC_POINT_TYPE><SYNC_POINT_LOW>{at}</SYNC_POINT_LOW>"
            "<SYNC_POINT_HIGH>0</SYNC_POINT_HIGH></SYNC_POINT>"
        )

    points = point("RELATIVE", 20_000) + point("RELATIVE", 40_000) + point("ABSOLUTE", 5)
    listed = "<SYNC_POINT_LIST><SYNC_POINT_COUNT>{}</SYNC_POINT_COUNT>{}</SYNC_POINT_LIST>"
    text = ixml(more=listed.format(3, points) + "<LOUDNESS><LOUDNESS_VALUE>-23</LOUDNESS_VALUE></LOUDNESS>")
    moved = moved_ixml(text, Span(FIRST, COUNT, RATE)).decode()
    assert listed.format(2, point("RELATIVE", 8000) + point("ABSOLUTE", 5)) in moved
    assert "LOUDNESS" not in moved


def test_ixml_that_is_something_else_stays() -> None:
    for text in (b"", b"no XML at all", "<BWFXML>".encode("utf-16"), b"<TRACK_LIST></TRACK_LIST>\xff"):
        assert moved_ixml(text, Span(FIRST, COUNT, RATE, (1,))) == text


# Markers.


def test_markers(tmp_path: Path) -> None:
    found = chunks_of(cut(wave(tmp_path / "source.wav")))
    lists = [content for name, content in found if name == b"LIST"]
    after = dict(found)
    assert after[b"cue "] == cue([(2, 0), (7, 8000), (4, 23_999), (6, 0), (8, 18_000)])
    assert lists[0] == labels({2: b"first", 7: b"odd", 6: b"into"}, {6: 3000, 8: 6000})
    assert after[b"plst"] == struct.pack("<I6I", 2, 7, 100, 2, 8, 6000, 1)


def test_markers_that_are_stored_once(tmp_path: Path) -> None:
    source = wave(tmp_path / "source.wav", [(b"cue ", cue([(1, 11_000), (2, 13_000)], played=False))])
    assert dict(chunks_of(cut(source)))[b"cue "] == cue([(2, 1000)], played=False)


def test_no_marker_is_left(tmp_path: Path) -> None:
    source = wave(tmp_path / "source.wav", [(b"cue ", cue([(1, 5)])), (b"LIST", labels({1: b"gone"}))])
    assert {b"cue ", b"LIST"}.isdisjoint(dict(chunks_of(cut(source))))


def test_labels_before_the_cue_points(tmp_path: Path) -> None:
    source = wave(tmp_path / "source.wav", [(b"LIST", labels({1: b"a", 2: b"b"})), (b"cue ", cue([(1, 5), (2, 13_000)]))])
    after = dict(chunks_of(cut(source)))
    assert after[b"LIST"] == labels({2: b"b"}) and after[b"cue "] == cue([(2, 1000)])


def test_loops_and_timers(tmp_path: Path) -> None:
    after = dict(chunks_of(cut(wave(tmp_path / "source.wav"))))
    expected = bytearray(sampler([(0, 23_999), (3000, 4000)]))
    expected[20:28] = bytes(8)  # the SMPTE offset of the first frame is another one
    assert after[b"smpl"] == expected
    assert after[b"cart"] == cart([(b"MRK ", 1000)])


def test_long_markers(tmp_path: Path) -> None:
    def marker(at: int) -> bytes:
        return struct.pack("<IQ16x", 1, at) + b"label".ljust(292, b"\0")

    source = wave(tmp_path / "source.wav", [(b"r64m", marker(5) + marker(13_000) + marker(1 << 33))], container="RF64")
    assert dict(chunks_of(cut(source)))[b"r64m"] == marker(1000)


def test_rifx_keeps_its_order(tmp_path: Path) -> None:
    behind = [(b"cue ", cue([(2, 13_000)], ">")), (b"LIST", labels({2: b"b"}, {2: 40_000}, ">"))]
    behind += [(b"smpl", sampler([(15_000, 16_000)], ">")), (b"plst", struct.pack(">4I", 1, 2, 9, 1))]
    found = chunks_of(cut(wave(tmp_path / "source.wav", behind, container="RIFX")))
    after = dict(found)
    expected = bytearray(bext(">"))
    expected[338:346], expected[412:422] = struct.pack(">Q", TIME_REFERENCE + FIRST), b"\x7f\xff" * 5
    assert after[b"bext"] == expected
    assert after[b"cue "] == cue([(2, 1000)], ">")
    assert after[b"LIST"] == labels({2: b"b"}, {2: 23_000}, ">")
    assert struct.unpack_from(">II", after[b"smpl"], 44) == (3000, 4000)
    if shutil.which("sox"):
        command = ["sox", tmp_path / "excerpt.wav", "-t", "s32", "-"]
        done = subprocess.run(command, capture_output=True, check=True)
        samples = np.frombuffer(done.stdout, "<i4").reshape(-1, 3)
        assert np.array_equal(samples, noise(3)[FIRST : FIRST + COUNT])


@pytest.mark.parametrize("subtype", ["FLOAT", "DOUBLE", "ULAW", "ALAW", "IMA_ADPCM"])
def test_fact(tmp_path: Path, subtype: str) -> None:
    source = wave(tmp_path / "source.wav", [], 1, subtype=subtype)
    found = chunks_of(cut(source))
    assert dict(found)[b"fact"] == struct.pack("<I", COUNT)
    assert b"PEAK" not in dict(found)


def test_wave64(tmp_path: Path) -> None:
    end = b"\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a"
    source = tmp_path / "source.w64"
    soundfile.write(source, noise(3), RATE, "PCM_24", format="W64")
    data = source.read_bytes()
    at = data.index(b"data" + end)
    added = b""
    for name, content in ((b"bext" + end, bext()), (b"cue " + end, cue(POINTS)), (bytes(16), b"its own")):
        added += name + struct.pack("<Q", len(content) + 24) + content + bytes(-len(content) % 8)
    data = data[:at] + added + data[at:]
    source.write_bytes(data[:16] + struct.pack("<Q", len(data)) + data[24:])
    after = dict(chunks_of(cut(source)))
    assert list(after) == [b"fmt ", b"bext", b"cue ", b"data"]
    assert after[b"cue "] == cue([(2, 0), (7, 8000), (4, 23_999), (8, 18_000)])
    assert struct.unpack_from("<Q", after[b"bext"], 338) == (TIME_REFERENCE + FIRST,)


def test_a_flac_that_keeps_the_chunks_of_a_wav(tmp_path: Path) -> None:
    """As `flac --keep-foreign-metadata` stores them: an application block for each chunk."""
    source = tmp_path / "source.flac"
    soundfile.write(source, noise(2), RATE, "PCM_24", format="FLAC")
    data = source.read_bytes()
    first = 8 + 34
    blocks = b""
    foreign = [b"RIFF" + bytes(4) + b"WAVE", chunk(b"fmt ", bytes(16)), chunk(b"bext", bext())]
    foreign += [b"data" + bytes(4), chunk(b"cue ", cue(POINTS)), chunk(b"xyz1", b"odd")]
    for content in foreign:
        blocks += b"\2" + (len(content) + 4).to_bytes(3, "big") + b"riff" + content
    source.write_bytes(data[:4] + bytes([data[4] & 0x7F]) + data[5:first] + blocks + data[first:])
    found = chunks_of(cut(source))
    assert [name for name, _ in found] == [b"fmt ", b"bext", b"data", b"cue ", b"xyz1"]
    assert dict(found)[b"cue "] == cue([(2, 0), (7, 8000), (4, 23_999), (8, 18_000)])
    assert dict(found)[b"fmt "] == struct.pack("<HHIIHH", 1, 2, RATE, RATE * 6, 6, 24)
    samples, _ = soundfile.read(tmp_path / "excerpt.wav", dtype="int32")
    assert np.array_equal(samples, noise(2)[FIRST : FIRST + COUNT])


# Some of the channels.


def test_tracks_that_are_left(tmp_path: Path) -> None:
    source = wave(tmp_path / "source.wav", [(b"chna", bytes(44))])
    path = cut(source, channels=[3, 2])
    after = dict(chunks_of(path))
    assert after[b"fmt "] == struct.pack("<HHIIHH", 1, 2, RATE, RATE * 6, 6, 24)
    assert after[b"iXML"].strip() == ixml(
        f"{track(7, 1, 'Ben')}\n{track(4, 2, 'Anna')}", 2, TIME_REFERENCE + FIRST
    ).strip()
    assert after[b"bext"][:256].rstrip(b"\0") == b"sTRK1=Ben\r\nsTRK2=Anna\r\nsNOTE=good\r\n"
    assert b"chna" not in after
    assert track_names(path) == {1: "Ben", 2: "Anna"}
    assert [each.name for each in wavinfo.WavInfoReader(path).ixml.track_list] == ["Ben", "Anna"]
    samples, _ = soundfile.read(path, dtype="int32")
    assert np.array_equal(samples, noise(3)[FIRST : FIRST + COUNT, [2, 1]])


def test_tracks_by_the_number_of_the_recorder(tmp_path: Path) -> None:
    tracks = track(1, None, "Boom") + track(2, None, "Anna")
    source = wave(tmp_path / "source.wav", [], before=[(b"iXML", ixml(tracks, 2))])
    path = cut(source, channels=[2])
    assert track_names(path) == {1: "Anna"}
    assert track(2, 1, "Anna").encode() in dict(chunks_of(path))[b"iXML"]


def test_a_channel_mask_does_not_outlive_its_channels(tmp_path: Path) -> None:
    source = wave(tmp_path / "source.wav", [], container="WAVEX")
    assert dict(chunks_of(cut(source)))[b"fmt "] == dict(chunks_of(source))[b"fmt "]
    assert dict(chunks_of(cut(source, channels=[2])))[b"fmt "][20:24] == bytes(4)


# Other readers.


READERS = {
    "ffprobe": ["ffprobe", "-v", "error", "-show_streams", "-show_format", "-show_chapters", "-of", "json"],
    "sox": ["sox", "--info", "-s"],
    "mediainfo": ["mediainfo", "--Output=JSON"],
    "exiftool": ["exiftool", "-json", "-TimeReference", "-NumChannels", "-SampleRate", "-Error", "-Warning"],
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("container", ["WAV", "BW64"])
def test_independent_readers_agree(tmp_path: Path, reader: str, container: str) -> None:
    if shutil.which(reader) is None:
        pytest.skip(f"needs {reader} (apt-get install ffmpeg sox mediainfo libimage-exiftool-perl)")
    path = cut(wave(tmp_path / "source.wav", container=container), channels=[2, 3])
    done = subprocess.run([*READERS[reader], path], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    if reader == "sox":
        assert int(done.stdout) == COUNT
        return
    told = json.loads(done.stdout)
    if reader == "ffprobe":
        assert (told["streams"][0]["duration_ts"], told["streams"][0]["channels"]) == (COUNT, 2)
        assert told["format"]["tags"]["time_reference"] == str(TIME_REFERENCE + FIRST)
        assert told["format"]["tags"]["title"] == "A title"
    elif reader == "mediainfo":
        assert any(each.get("SamplingCount") == str(COUNT) for each in told["media"]["track"])
    else:
        assert told[0]["TimeReference"] == TIME_REFERENCE + FIRST
        assert told[0]["NumChannels"] == 2 and not {"Error", "Warning"} & set(told[0])


def test_wavinfo_finds_the_markers(tmp_path: Path) -> None:
    info = wavinfo.WavInfoReader(cut(wave(tmp_path / "source.wav")))
    assert [(each.name, each.sample_offset) for each in info.cues.cues] == [
        (2, 0),
        (7, 8000),
        (4, 23_999),
        (6, 0),
        (8, 18_000),
    ]
    assert {each.name: each.text for each in info.cues.labels} == {2: "first", 7: "odd", 6: "into"}
    assert {each.name: each.length for each in info.cues.ranges} == {6: 3000, 8: 6000}
    assert info.bext.time_reference == TIME_REFERENCE + FIRST
    assert info.bext.coding_history.encode() == HISTORY


def test_an_excerpt_is_a_take(tmp_path: Path) -> None:
    """It can be cut again, with the same samples and times as if the source had been cut there."""
    path = cut(wave(tmp_path / "source.wav"))
    again = audio.cut(path, tmp_path / "again.wav", start=0.1, length=0.1, handle=0.0)
    direct = audio.cut(tmp_path / "source.wav", tmp_path / "direct.wav", start=0.35, length=0.1, handle=0.0)
    assert again.path.read_bytes() == direct.path.read_bytes()


# Whatever strangers write.


@given(data=st.data())
@examples(100)
def test_no_chunk_breaks_the_cut(tmp_path: Path, data: st.DataObject) -> None:
    """Damaged chunks are left out or kept; the sizes and the samples are right whatever they hold."""
    names = [b"cue ", b"LIST", b"plst", b"smpl", b"cart", b"bext", b"iXML", b"fact", b"r64m"]
    chunks = []
    for name in data.draw(st.lists(st.sampled_from(names), max_size=4)):
        whole = {**dict(BEHIND), b"bext": bext(), b"iXML": ixml(), b"LIST": BEHIND[1][1]}.get(name, bytes(640))
        content = bytearray(whole[: data.draw(st.integers(0, len(whole)))])
        for at in data.draw(st.lists(st.integers(0, max(0, len(content) - 1)), max_size=6)) if content else []:
            content[at] = data.draw(st.integers(0, 255))
        chunks.append((name, bytes(content)))
    source = wave(tmp_path / "source.wav", chunks, before=[])
    picks = data.draw(st.sampled_from([None, [2], [3, 1]]))
    try:
        path = cut(source, channels=picks)
    except TakevoiceError as error:
        assert "\n" not in str(error)
        return
    chunks_of(path)
    samples, _ = soundfile.read(path, dtype="int32", always_2d=True)
    part = noise(3)[FIRST : FIRST + COUNT]
    assert np.array_equal(samples, part if picks is None else part[:, np.array(picks) - 1])


@given(
    points=st.lists(st.tuples(st.integers(0, 60_000), st.integers(0, 60_000)), max_size=8),
    first=st.integers(0, 50_000),
    count=st.integers(1, 50_000),
)
@examples(300)
def test_every_marker_and_region_lies_where_its_sound_does(
    points: list[tuple[int, int]], first: int, count: int
) -> None:
    numbered = list(enumerate(points, 1))
    chunk_of = cue([(number, at) for number, (at, _) in numbered])
    listed = labels({}, {number: length for number, (_, length) in numbered if length})
    moved = CuePoints([chunk_of], [listed], Span(first, count, RATE), "little")
    frames = np.arange(first, first + count)
    expected = {}
    for number, (at, length) in numbered:
        inside = np.flatnonzero((frames >= at) & (frames < at + max(1, length)))
        if len(inside):
            expected[number] = (int(inside[0]), len(inside) if length else 0)
    kept = moved.moved_cue(chunk_of)
    assert kept == (cue([(each, at) for each, (at, _) in expected.items()]) if expected else None)
    lengths = {number: length for number, (_, length) in expected.items() if length}
    assert moved.moved_labels(listed) == (labels({}, lengths) if lengths else None)


def test_a_sampler_chunk_that_lies_about_its_loops() -> None:
    broken = bytearray(sampler([(15_000, 16_000)]))
    broken[28:32] = struct.pack("<I", 1 << 31)
    assert moved_sampler(bytes(broken), Span(FIRST, COUNT, RATE), "little")[44:52] == struct.pack("<II", 3000, 4000)

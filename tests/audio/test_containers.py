"""The result is its original, byte for byte, but for the audio, what described that, and the note."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
import wavinfo
from hypothesis import given
from hypothesis import strategies as st

from profiles import examples
from signals import buzz
from takevoice import audio
from takevoice.audio.containers.payload import Payload
from takevoice.audio.containers.rf64 import Rf64
from takevoice.audio.containers.wave64 import Wave64
from takevoice.audio.sample_formats import dithered
from takevoice.errors import TakevoiceError, UnsupportedAudio
from takevoice.jobs import Take

NOTE = audio.Provenance("1.0", "local", "ada", "ada", "model", "0123abc", 7, {"voice": "ada"})
FRAMES = 4801
TIME_REFERENCE = 5_000_000_123


def chunk(name: bytes, content: bytes, order: str = "<") -> bytes:
    return struct.pack(f"{order}4sI", name, len(content)) + content + bytes(len(content) % 2)


def bext(history: bytes = b"A=ANALOGUE,M=mono,T=Studer A80\r\n") -> bytes:
    fixed = b"A description".ljust(256, b"\0") + b"Originator".ljust(32, b"\0") + b"REF123".ljust(32, b"\0")
    fixed += b"2026-11-21" + b"12:34:56" + struct.pack("<QH", TIME_REFERENCE, 2)
    fixed += bytes(range(64)) + struct.pack("<5h", -2310, 500, -110, -1800, -2000) + bytes(180)
    return fixed + history


# Of even length: libsndfile loses its way after an odd chunk before the audio of an RF64.
IXML = b'<?xml version="1.0"?>\n<BWFXML><PROJECT>Films</PROJECT><TAKE>7</TAKE></BWFXML>\n'
EXTRA = [
    (b"cue ", struct.pack("<I6I", 1, 1, 1000, 0x61746164, 0, 0, 1000)),
    (b"LIST", b"adtl" + chunk(b"labl", struct.pack("<I", 1) + b"Verse\0")),
    (b"LIST", b"INFO" + chunk(b"INAM", b"A title\0")),
    (b"smpl", bytes(36) + bytes(24)),
    (b"id3 ", b"ID3\3\0\0\0\0\0\0"),
    (b"xyz1", b"nobody knows\0"),
]


def samples(channels: int = 1) -> np.ndarray:
    return buzz(0.2, channels=channels)[:FRAMES]


def wav(path: Path, subtype: str = "PCM_24", channels: int = 1, container: str = "WAV") -> Path:
    """A broadcast wave as recorders write it: bext and iXML before the audio, the rest behind it, and something after the end."""
    soundfile.write(path, samples(channels), 48_000, subtype, format=container)
    data = path.read_bytes()
    at = data.index(b"data")
    size = len(data) - at - 8
    before, sound = data[12:at], data[at:]
    sound += bytes(size % 2)
    chunks = before + chunk(b"bext", bext()) + chunk(b"iXML", IXML) + chunk(b"MD5 ", bytes(16)) + sound
    chunks += b"".join(chunk(name, content) for name, content in EXTRA)
    if container == "RF64":
        ds64 = chunks.index(b"ds64") + 8
        chunks = chunks[:ds64] + struct.pack("<Q", len(chunks) + 4) + chunks[ds64 + 8 :]
        path.write_bytes(data[:12] + chunks + b"TAIL")
    else:
        path.write_bytes(data[:4] + struct.pack("<I", len(chunks) + 4) + b"WAVE" + chunks + b"TAIL")
    return path


def chunks_of(path: Path) -> list[tuple[bytes, bytes]]:
    """Name and content of each chunk of a RIFF file, in order; what follows the end has the name b""."""
    data = path.read_bytes()
    end = 8 + int.from_bytes(data[4:8], "little")
    sizes = {}
    if data[:4] in (b"RF64", b"BW64"):
        end = 8 + int.from_bytes(data[20:28], "little")
        sizes[b"data"] = int.from_bytes(data[28:36], "little")
    found, at = [], 12
    while at + 8 <= end:
        name, size = struct.unpack("<4sI", data[at : at + 8])
        size = sizes.get(name, size) if size == 0xFFFFFFFF else size
        found.append((name, data[at + 8 : at + 8 + size]))
        at += 8 + size + size % 2
    assert at == end
    return [*found, (b"", data[end:])]


def converted(original: Path, result: Path, **options: bool) -> Take:
    """The original with another sound: half as loud."""
    take = audio.inspect(original)
    other = original.with_name("other.w64")
    decoded = np.concatenate(list(audio.takes.blocks(take)))
    soundfile.write(other, 0.5 * decoded, take.sample_rate, "DOUBLE", format="W64")
    audio.write_like(take, audio.TakeAudio(audio.inspect(other)), result, NOTE, **options)
    return audio.inspect(result)


@pytest.mark.parametrize("container", ["WAV", "WAVEX", "RF64"])
@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
@pytest.mark.parametrize("channels", [1, 3])
def test_every_chunk_of_a_broadcast_wave_is_kept(
    tmp_path: Path, container: str, subtype: str, channels: int
) -> None:
    original = wav(tmp_path / "take.wav", subtype, channels, container)
    result = tmp_path / "result.wav"
    converted(original, result)
    was, now = chunks_of(original), chunks_of(result)
    stale = {b"MD5 ": b"JUNK", b"PEAK": b"JUNK"}
    assert [stale.get(name, name) for name, _ in was] == [name for name, _ in now]
    for (name, before), (_, after) in zip(was, now, strict=True):
        if name in (b"data", b"bext", b"iXML", b"ds64"):
            continue
        assert before == after, name
    decoded, half = soundfile.read(original)[0], soundfile.read(result)[0]
    step = {"PCM_U8": 2.0**-6, "PCM_16": 2.0**-14, "PCM_24": 2.0**-23}.get(subtype, 1e-7)
    assert np.abs(half - 0.5 * decoded).max() <= step


def test_what_described_the_old_audio_is_gone_and_the_place_is_kept(tmp_path: Path) -> None:
    result = tmp_path / "result.wav"
    converted(wav(tmp_path / "take.wav"), result)
    was, now = dict(chunks_of(tmp_path / "take.wav"))[b"bext"], dict(chunks_of(result))[b"bext"]
    assert now[:348] == was[:348]
    assert now[348:412] == bytes(64)
    assert now[412:422] == b"\xff\x7f" * 5
    assert now[422:].startswith(was[422:])
    history = now[602:].decode("ascii")
    assert history.rstrip("\0").endswith(
        "A=PCM,F=48000,W=24,M=mono,T=takevoice 1.0;local;voice ada;model model;seed 7;from 0123abc\r\n"
    )
    read = wavinfo.WavInfoReader(str(result))
    assert read.bext.time_reference == TIME_REFERENCE
    assert read.ixml.project == "Films"
    assert read.cues.cues[0].position == 1000
    assert read.data.frame_count == FRAMES


def test_the_note_is_in_the_ixml(tmp_path: Path) -> None:
    result = tmp_path / "result.wav"
    converted(wav(tmp_path / "take.wav"), result)
    text = dict(chunks_of(result))[b"iXML"]
    assert text.startswith(IXML.partition(b"</BWFXML>")[0] + b"<TAKEVOICE>")
    assert audio.read_provenance(result) == NOTE
    assert not audio.has_provenance(audio.inspect(tmp_path / "take.wav"))


def test_a_file_without_bext_gets_none(tmp_path: Path) -> None:
    """Its TimeReference would be 0, and a DAW would move the take there."""
    soundfile.write(tmp_path / "take.wav", samples(), 48_000, "PCM_16")
    converted(tmp_path / "take.wav", tmp_path / "result.wav")
    assert [name for name, _ in chunks_of(tmp_path / "result.wav")] == [b"fmt ", b"data", b"iXML", b""]
    assert audio.read_provenance(tmp_path / "result.wav") == NOTE


def test_a_channel_mask_is_kept(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "take.wav", samples(2), 48_000, "PCM_24", format="WAVEX")
    data = bytearray((tmp_path / "take.wav").read_bytes())
    at = data.index(b"fmt ") + 8 + 20
    data[at : at + 4] = struct.pack("<I", 0x600)  # side left and right
    (tmp_path / "take.wav").write_bytes(data)
    converted(tmp_path / "take.wav", tmp_path / "result.wav")
    assert (
        dict(chunks_of(tmp_path / "result.wav"))[b"fmt "] == dict(chunks_of(tmp_path / "take.wav"))[b"fmt "]
    )


def test_bw64_is_read_and_written(tmp_path: Path) -> None:
    original = wav(tmp_path / "take.wav", "PCM_24", 2, "RF64")
    original.write_bytes(b"BW64" + original.read_bytes()[4:])
    take = converted(original, tmp_path / "result.wav")
    assert (take.container, take.frames, take.channels) == ("BW64", FRAMES, 2)
    assert (tmp_path / "result.wav").read_bytes()[:4] == b"BW64"
    assert audio.read_provenance(tmp_path / "result.wav") == NOTE
    assert [name for name, _ in chunks_of(tmp_path / "result.wav")].count(b"bext") == 1


def test_samples_that_make_no_whole_frame_stay(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "take.wav", samples(2), 48_000, "PCM_24")
    data = (tmp_path / "take.wav").read_bytes()
    at = data.index(b"data")
    size = len(data) - at - 8 + 2
    path = tmp_path / "take.wav"
    path.write_bytes(
        data[:4]
        + struct.pack("<I", len(data) + 2 - 8)
        + data[8:at]
        + struct.pack("<4sI", b"data", size)
        + data[at + 8 :]
        + b"ab"
    )
    converted(path, tmp_path / "result.wav")
    assert dict(chunks_of(tmp_path / "result.wav"))[b"data"].endswith(b"ab")


# Others.


def aiff(path: Path, subtype: str, container: str = "AIFF") -> Path:
    soundfile.write(path, samples(2), 48_000, subtype, format=container)
    data = path.read_bytes()
    marks = struct.pack(">HHIB", 1, 1, 1000, 5) + b"Verse"
    extra = chunk(b"MARK", marks, ">") + chunk(b"NAME", b"A name", ">") + chunk(b"INST", bytes(20), ">")
    path.write_bytes(data[:4] + struct.pack(">I", len(data) - 8 + len(extra)) + data[8:] + extra)
    return path


@pytest.mark.parametrize("subtype", ["PCM_S8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW"])
def test_the_chunks_of_an_aiff_are_kept(tmp_path: Path, subtype: str) -> None:
    original = aiff(tmp_path / "take.aif", subtype)
    converted(original, tmp_path / "result.aif")
    data = (tmp_path / "result.aif").read_bytes()
    for name in (b"MARK", b"NAME", b"INST", b"COMM"):
        at, there = original.read_bytes().index(name), data.index(name)
        size = int.from_bytes(data[there + 4 : there + 8], "big")
        assert original.read_bytes()[at : at + 8 + size] == data[there : there + 8 + size]
    assert int.from_bytes(data[4:8], "big") == len(data) - 8
    assert b"PEAK" not in data


def test_the_information_of_a_caf_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "take.caf"
    soundfile.write(path, samples()[:4800], 48_000, "PCM_24")
    with path.open("ab") as file:
        strings = struct.pack(">I", 1) + b"artist\0Ann\0"
        file.write(struct.pack(">4sq", b"info", len(strings)) + strings)
        file.write(struct.pack(">4sq", b"ovvw", 4) + b"old!")
    converted(path, tmp_path / "result.caf")
    data = (tmp_path / "result.caf").read_bytes()
    assert b"artist\0Ann\0takevoice\0{" in data
    assert b"ovvw" not in data
    assert audio.read_provenance(tmp_path / "result.caf") == NOTE


def test_the_blocks_of_a_flac_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "take.flac"
    with soundfile.SoundFile(path, "w", 48_000, 2, "PCM_24") as file:
        file.title = "A title"
        file.write(samples(2))
    data = path.read_bytes()
    extra = [(2, b"riffxyz"), (3, bytes(18)), (6, bytes(32))]
    blocks = b"".join(bytes([kind]) + len(content).to_bytes(3, "big") + content for kind, content in extra)
    path.write_bytes(data[:42] + blocks + data[42:])
    take = converted(path, tmp_path / "result.flac")
    assert (take.frames, take.subtype) == (FRAMES, "PCM_24")
    result = (tmp_path / "result.flac").read_bytes()
    assert result[42 : 42 + len(blocks)] == blocks.replace(
        bytes([3]) + (18).to_bytes(3, "big") + bytes(18), bytes([1]) + (18).to_bytes(3, "big") + bytes(18)
    )
    assert soundfile.SoundFile(tmp_path / "result.flac").title == "A title"


def test_the_tags_behind_a_flac_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "take.flac"
    soundfile.write(path, samples(2), 48_000, "PCM_24")
    item = struct.pack("<II", 4, 0) + b"Title\0Ada!"
    ape = b"APETAGEX" + struct.pack("<IIII", 2000, len(item) + 32, 1, 0) + bytes(8)
    tags = item + ape + b"TAG" + b"A title".ljust(125, b"\0")
    path.write_bytes(path.read_bytes() + tags)
    take = converted(path, tmp_path / "result.flac")
    assert (take.frames, take.subtype) == (FRAMES, "PCM_24")
    result = (tmp_path / "result.flac").read_bytes()
    assert result.endswith(tags) and result.count(b"APETAGEX") == 1


@pytest.mark.parametrize(("subtype", "long"), [("VORBIS", False), ("VORBIS", True), ("OPUS", False)])
def test_the_comments_of_an_ogg_are_kept(tmp_path: Path, subtype: str, long: bool) -> None:
    path = tmp_path / "take.ogg"
    with soundfile.SoundFile(path, "w", 48_000, 2, subtype, format="OGG") as file:
        file.artist = "Ann" * (30_000 if long else 1)
        file.write(samples(2))
    take = converted(path, tmp_path / "result.ogg")
    assert take.frames == FRAMES
    with soundfile.SoundFile(tmp_path / "result.ogg") as file:
        assert file.artist.startswith("Ann")
    assert audio.read_provenance(tmp_path / "result.ogg") == NOTE
    decoder = shutil.which("ffmpeg")
    if decoder is None:
        pytest.skip("needs ffmpeg (apt-get install ffmpeg)")
    told = subprocess.run(
        [decoder, "-v", "warning", "-i", tmp_path / "result.ogg", "-f", "null", "-"],
        capture_output=True,
        text=True,
    )
    assert (told.returncode, told.stderr) == (0, "")


def test_a_later_note_counts(tmp_path: Path) -> None:
    """Converted once more by a person: both notes are there, the newest is told."""
    for name in ("take.wav", "take.flac"):
        path = tmp_path / name
        soundfile.write(path, samples(), 48_000, "PCM_24")
        converted(path, tmp_path / f"one.{name}")
        take = audio.inspect(tmp_path / f"one.{name}")
        newer = audio.Provenance("2.0", "local", "pip", "pip", "model", "0123abc")
        audio.write_like(take, audio.TakeAudio(take), tmp_path / f"two.{name}", newer)
        assert audio.read_provenance(tmp_path / f"two.{name}") == newer


@pytest.mark.parametrize("container", ["RF64", "W64"])
def test_more_than_4_gb(tmp_path: Path, container: str) -> None:
    """A sparse file: its silence takes no room on the disk."""
    path = tmp_path / "long.wav"
    soundfile.write(path, np.zeros((1, 8)), 192_000, "DOUBLE", format=container)
    frames = (5 << 30) // 64
    head = bytearray(path.read_bytes()[:-64])
    size = frames * 64
    if container == "RF64":
        head[20:28] = struct.pack("<Q", len(head) - 8 + size)
        head[28:36] = struct.pack("<Q", size)
    else:
        head[16:24] = struct.pack("<Q", len(head) + size)
        head[-8:] = struct.pack("<Q", size + 24)
    path.write_bytes(head)
    with path.open("rb+") as file:
        file.truncate(len(head) + size)
    take = audio.inspect(path)
    assert (take.frames, take.channels) == (frames, 8)
    with take.path.open("rb") as source, (tmp_path / "result").open("wb+") as target:
        sparse = Payload(192_000, 8, 64, size, lambda: (b"".join([bytes(1)]) for _ in range(0)))
        with pytest.raises(UnsupportedAudio, match="of 5368709120 bytes"):
            (Rf64() if container == "RF64" else Wave64()).copy(source, target, sparse, NOTE)


# Dither.


def test_dither_is_triangular_and_leaves_silence_alone() -> None:
    quiet = np.zeros((100_000, 1))
    random = np.random.default_rng(0)
    assert not dithered(quiet, 16, random).any()
    exact = random.integers(-1000, 1000, (1000, 1)) / 2**15
    assert np.array_equal(dithered(exact, 16, random), exact)
    third = np.full((100_000, 1), 1 / 3 / 2**15)
    error = (np.rint(dithered(third, 16, random) * 2**15) - 1 / 3).ravel()
    assert abs(error.mean()) < 0.01
    assert error.var() == pytest.approx(
        1 / 4, rel=0.05
    )  # of the rounding and the noise together: a step squared / 4


def test_dither_can_be_turned_off(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "take.wav", samples(), 48_000, "PCM_16")
    half = np.rint(soundfile.read(tmp_path / "take.wav", dtype="int16")[0] / 2)
    converted(tmp_path / "take.wav", tmp_path / "plain.wav", dither=False)
    assert np.array_equal(soundfile.read(tmp_path / "plain.wav", dtype="int16")[0], half)
    converted(tmp_path / "take.wav", tmp_path / "dithered.wav")
    error = soundfile.read(tmp_path / "dithered.wav", dtype="int16")[0] - half
    assert 0 < np.abs(error).max() <= 2


# Readers.


READERS = {
    "ffprobe": ["ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json"],
    "sox": ["sox", "--info", "-s"],
    "mediainfo": ["mediainfo", "--Output=JSON"],
    "exiftool": ["exiftool", "-json", "-TimeReference"],
}


@pytest.mark.parametrize("reader", READERS)
def test_independent_readers_agree(tmp_path: Path, reader: str) -> None:
    if shutil.which(reader) is None:
        pytest.skip(f"needs {reader} (apt-get install ffmpeg sox mediainfo libimage-exiftool-perl)")
    converted(wav(tmp_path / "take.wav", "PCM_24", 2), tmp_path / "result.wav")
    done = subprocess.run(
        [*READERS[reader], tmp_path / "result.wav"], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    if reader == "sox":
        assert int(done.stdout) == FRAMES
    elif reader == "ffprobe":
        told = json.loads(done.stdout)
        assert told["streams"][0]["duration_ts"] == FRAMES
        assert told["format"]["tags"]["time_reference"] == str(TIME_REFERENCE)
    elif reader == "mediainfo":
        tracks = json.loads(done.stdout)["media"]["track"]
        assert any(track.get("SamplingCount") == str(FRAMES) for track in tracks)
    else:
        assert json.loads(done.stdout)[0]["TimeReference"] == TIME_REFERENCE


# Whatever strangers write.


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    folder = tmp_path_factory.mktemp("originals")
    paths = [wav(folder / "a.wav"), wav(folder / "b.wav", container="RF64"), aiff(folder / "c.aif", "FLOAT")]
    for name, kind, subtype in (
        ("d.w64", "W64", "PCM_16"),
        ("e.caf", "CAF", "PCM_16"),
        ("f.flac", "FLAC", "PCM_16"),
        ("g.ogg", "OGG", "VORBIS"),
    ):
        soundfile.write(folder / name, samples()[:1000], 48_000, subtype, format=kind)
        paths.append(folder / name)
    return [path.read_bytes() for path in paths]


@examples(250)
@given(data=st.data())
def test_no_file_breaks_the_copy(tmp_path: Path, originals: list[bytes], data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from(originals)))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, min(len(content), 1500) - 1))
        patch = data.draw(
            st.sampled_from([b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff\xff\xff\xff\xff", None])
        )
        patch = patch or data.draw(st.binary(min_size=1, max_size=8))
        content[at : at + len(patch)] = patch
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content))) :]
    path = tmp_path / "take"
    path.write_bytes(content)
    audio.read_provenance(path)
    try:
        take = audio.inspect(path)
        if take.frames < 1 << 20 and take.channels < 64:
            audio.write_like(take, audio.TakeAudio(take), tmp_path / "result", NOTE)
    except TakevoiceError:
        return

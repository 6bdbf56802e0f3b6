"""Codecs that are no PCM come back in the same codec, with everything that describes them."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audio.test_containers import converted
from signals import man
from takevoice import audio
from takevoice.audio.containers.ogg import is_chained
from takevoice.audio.opening import open_audio
from takevoice.errors import UnsupportedAudio

RATE = 8000
NOTE = audio.Provenance("1", "local", "ada", "ada", "model", "hash")


def chunk(name: bytes, content: bytes, order: str = "<") -> bytes:
    return struct.pack(f"{order}4sI", name, len(content)) + content + bytes(len(content) % 2)


def wav(path: Path, *chunks: bytes) -> Path:
    content = b"WAVE" + b"".join(chunks)
    path.write_bytes(b"RIFF" + struct.pack("<I", len(content)) + content)
    return path


def ffmpeg(*words: object) -> bytes:
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed")
    line = ["ffmpeg", "-v", "error", "-y", "-nostdin", *map(str, words)]
    return subprocess.run(line, check=True, capture_output=True).stdout


def frames_by_ffmpeg(path: Path) -> int:
    return len(ffmpeg("-i", path, "-f", "s16le", "-")) // 2


@pytest.mark.parametrize(("tag", "ffmpegs"), [(6, "pcm_alaw"), (7, "pcm_mulaw")])
def test_a_law_in_wav_is_replaced_in_place(tmp_path: Path, tag: int, ffmpegs: str) -> None:
    octets = bytes(range(256)) * 4
    head = chunk(b"fmt ", struct.pack("<HHIIHHH", tag, 1, RATE, RATE, 1, 8, 0))  # 18 bytes; 20 are as usual
    path = wav(tmp_path / "take.wav", head, chunk(b"fact", struct.pack("<I", 1024)), chunk(b"data", octets))
    take = audio.inspect(path)
    result = tmp_path / "result.wav"
    audio.write_like(take, audio.TakeAudio(take), result, NOTE)
    new = result.read_bytes()
    start = len(head) + 12 + 12 + 8
    assert new[12:start] == path.read_bytes()[12:start]
    # Every octet is what it was, but for the second zero of the mu-law.
    stored = np.frombuffer(new[start : start + 1024], np.uint8)
    assert set(np.flatnonzero(stored[:256] != np.arange(256))) <= {0x7F}
    assert ffmpeg("-i", path, "-f", "s16le", "-") == ffmpeg("-i", result, "-f", "s16le", "-")
    converted(path, tmp_path / "half.wav")
    half = np.frombuffer(ffmpeg("-i", tmp_path / "half.wav", "-f", "s16le", "-"), "<i2").astype(float)
    whole = np.frombuffer(ffmpeg("-i", path, "-f", "s16le", "-"), "<i2").astype(float)
    assert np.abs(half - whole / 2).max() < 600  # the steps of loud samples
    assert ffmpegs in subprocess.run(["ffprobe", result], capture_output=True, text=True).stderr


def test_the_name_of_the_compression_stays_in_aiff_c(tmp_path: Path) -> None:
    rate = struct.pack(">HQ", 0x3FFF + 12, 8000 << 51)
    name = b"\x17" + b"Another name of an ALaw"
    comm = struct.pack(">HIH", 1, 512, 8) + rate + b"alaw" + name
    form = b"AIFC" + chunk(b"COMM", comm, ">") + chunk(b"SSND", bytes(8) + bytes(range(256)) * 2, ">")
    path = tmp_path / "take.aifc"
    path.write_bytes(b"FORM" + struct.pack(">I", len(form)) + form)
    result = converted(path, tmp_path / "result.aifc")
    assert (result.subtype, result.frames, result.sample_rate) == ("ALAW", 512, 8000)
    assert chunk(b"COMM", comm, ">") in (tmp_path / "result.aifc").read_bytes()
    audio.check_publishable(audio.inspect(path), tmp_path / "result.ada.aifc")


def test_gsm_is_read_forwards_and_comes_back_as_gsm(tmp_path: Path) -> None:
    plain, path = tmp_path / "plain.wav", tmp_path / "take.wav"
    soundfile.write(plain, man(2.0, RATE), RATE)
    ffmpeg("-i", plain, "-c:a", "gsm_ms", path)
    take = audio.inspect(path)
    audio.check_publishable(take, tmp_path / "result.wav")
    whole = np.concatenate(list(audio.takes.blocks(take)))[:, 0]
    with open_audio(path) as file:
        for place in (9000, 500, 12_000, 0):
            file.seek(place)
            assert file.tell() == place
            assert np.array_equal(file.read(700), whole[place : place + 700])
    result = converted(path, tmp_path / "result.wav")
    assert (result.subtype, result.frames) == ("GSM610", take.frames)
    assert frames_by_ffmpeg(tmp_path / "result.wav") == frames_by_ffmpeg(path)


def test_a_backend_gets_gsm_as_a_file_that_it_can_read_anywhere(tmp_path: Path) -> None:
    path = tmp_path / "take.wav"
    soundfile.write(path, man(1.0, RATE), RATE, "GSM610")
    reading = audio.read_take(audio.inspect(path))
    segmentation = audio.segment_take(reading, "mix", None)
    sent = audio.write_segment(reading, segmentation, segmentation.segments[0], tmp_path)
    assert sent.subtype == "FLOAT"


def test_how_many_samples_of_the_last_block_count_stays(tmp_path: Path) -> None:
    """The chunk fact says it; libsndfile would write how many there are."""
    path = tmp_path / "take.wav"
    soundfile.write(path, man(1.0, RATE), RATE, "IMA_ADPCM")
    data = path.read_bytes()
    at = data.index(b"fact") + 8
    stated = int.from_bytes(data[at : at + 4], "little") - 100
    path.write_bytes(data[:at] + stated.to_bytes(4, "little") + data[at + 4 :])
    converted(path, tmp_path / "result.wav")
    assert (tmp_path / "result.wav").read_bytes()[at : at + 4] == stated.to_bytes(4, "little")
    assert frames_by_ffmpeg(tmp_path / "result.wav") == frames_by_ffmpeg(path)


@pytest.mark.parametrize("subtype", ["IMA_ADPCM", "GSM610"])
def test_a_last_block_that_is_cut_off_is_cut_off_in_the_result(tmp_path: Path, subtype: str) -> None:
    path = tmp_path / "take.wav"
    soundfile.write(path, man(1.0, RATE), RATE, subtype)
    data = path.read_bytes()
    at = data.index(b"data")
    block = int.from_bytes(data[data.index(b"fmt ") + 20 :][:2], "little")
    size = 9 * block + (60 if subtype == "IMA_ADPCM" else 0)
    chunks = (data[12:at], chunk(b"data", data[at + 8 : at + 8 + size]))
    wav(path, *chunks)
    converted(path, tmp_path / "result.wav")
    result = (tmp_path / "result.wav").read_bytes()
    assert result[12 : at + 8] == path.read_bytes()[12 : at + 8]
    assert frames_by_ffmpeg(tmp_path / "result.wav") == frames_by_ffmpeg(path)


def test_a_flac_that_was_cut_out_of_another_one_is_read(tmp_path: Path) -> None:
    plain = tmp_path / "plain.wav"
    soundfile.write(plain, man(3.0, 44_100), 44_100)
    ffmpeg("-i", plain, "-c:a", "flac", "-f", "segment", "-segment_time", "1", tmp_path / "part%d.flac")
    path = tmp_path / "part1.flac"
    take = audio.inspect(aged(path))
    theirs = np.frombuffer(ffmpeg("-i", path, "-f", "s16le", "-"), "<i2") / 32768
    reading = audio.read_take(take)
    assert reading.samples is not None
    assert np.array_equal(reading.samples[:, 0], theirs.astype(np.float32))
    with open_audio(path) as file:
        for place in (20_000, 10):
            file.seek(place)
            assert np.array_equal(file.read(100), theirs[place : place + 100])
    audio.write_like(take, audio.TakeAudio(take), tmp_path / "result.flac", NOTE, dither=False)
    assert ffmpeg("-i", tmp_path / "result.flac", "-f", "s16le", "-") == ffmpeg("-i", path, "-f", "s16le", "-")


def aged(path: Path) -> Path:
    """A file that nobody has written to for a while."""
    os.utime(path, (1e9, 1e9))
    return path


def flac(path: Path, samples: np.ndarray, rate: int = 44_100) -> bytearray:
    soundfile.write(path, samples, rate, "PCM_16", format="FLAC")
    return bytearray(path.read_bytes())


def test_a_flac_that_holds_more_than_it_states_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "take.flac"
    data = flac(path, man(1.0, 44_100))
    data[22:26] = (30_000).to_bytes(4, "big")  # the last 32 of 36 bits
    path.write_bytes(data)
    with pytest.raises(UnsupportedAudio, match=r"holds 44100 samples, .* states 30000"):
        audio.inspect(path)


def test_a_flac_that_changes_its_rate_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "take.flac"
    first, second = flac(path, man(0.5, 44_100)), flac(path, man(0.5, 48_000), 48_000)
    first[21:26] = bytes([first[21] & 0xF0, 0, 0, 0, 0])  # no number of samples
    at = 4
    while not second[at] & 0x80:
        at += 4 + int.from_bytes(second[at + 1 : at + 4], "big")
    path.write_bytes(first + second[at + 4 + int.from_bytes(second[at + 1 : at + 4], "big") :])
    with pytest.raises(UnsupportedAudio, match="changes on the way"):
        audio.inspect(aged(path))


def test_comments_that_end_before_their_number_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "take.flac"
    with soundfile.SoundFile(path, "w", 44_100, 1, "PCM_16", format="FLAC") as file:
        file.title = "Scene 12"
        file.write(man(0.5, 44_100))
    data = bytearray(path.read_bytes())
    count = data.lower().index(b"title=") - 8
    data[count : count + 4] = (99).to_bytes(4, "little")
    path.write_bytes(data)
    converted(path, tmp_path / "result.flac")
    told = subprocess.run(
        ["ffprobe", "-v", "error", "-show_entries", "format_tags=title", "-of", "csv=p=0", tmp_path / "result.flac"],
        capture_output=True,
        text=True,
    )
    assert told.stdout.strip() == "Scene 12"


def pages(data: bytes) -> list[bytes]:
    found, at = [], 0
    while at < len(data):
        size = 27 + data[at + 26] + sum(data[at + 27 : at + 27 + data[at + 26]])
        found.append(data[at : at + size])
        at += size
    return found


def test_bytes_between_the_pages_of_an_ogg_cost_no_comment(tmp_path: Path) -> None:
    path = tmp_path / "take.ogg"
    with soundfile.SoundFile(path, "w", 44_100, 1, "VORBIS", format="OGG") as file:
        file.title = "Scene 12"
        file.write(man(0.5, 44_100))
    first, *others = pages(path.read_bytes())
    path.write_bytes(first + b"\0" * 30 + b"".join(others))
    result = tmp_path / "result.ogg"
    converted(path, result)
    with soundfile.SoundFile(result) as file:
        assert file.title == "Scene 12"


def test_an_ogg_without_a_mark_at_its_end_is_read_when_nobody_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "take.ogg"
    soundfile.write(path, man(1.0, 44_100), 44_100, "VORBIS", format="OGG")
    *others, last = pages(path.read_bytes())
    path.write_bytes(b"".join(others) + last[:5] + bytes([last[5] & ~4]) + last[6:])
    told = audio.completeness(path)
    assert told.complete is False
    whole = pages(path.read_bytes())[:-1]
    path.write_bytes(b"".join(whole))  # libsndfile checks the sum of a page: leave out the one that was changed
    take = audio.inspect(aged(path))
    assert take.frames == frames_by_ffmpeg(path)
    path.write_bytes(b"".join(whole)[:-50])
    assert audio.completeness(path).reason == "its last page is missing"


@pytest.mark.parametrize("times", [(1, 1), (1, 9), (9, 1)])
def test_streams_with_one_number_that_follow_each_other_are_refused(tmp_path: Path, times: tuple[int, int]) -> None:
    path, files = tmp_path / "take.ogg", []
    for seconds in times:
        soundfile.write(path, man(float(seconds), 16_000), 16_000, "VORBIS", format="OGG")
        files.append(path.read_bytes())
    number = pages(files[0])[0][14:18]
    path.write_bytes(files[0] + b"".join(page[:14] + number + page[18:] for page in pages(files[1])))
    with pytest.raises(UnsupportedAudio, match="one after the other"):
        audio.inspect(path)


def test_streams_side_by_side_are_no_chain(tmp_path: Path) -> None:
    path = tmp_path / "take.ogg"
    files = []
    for _ in range(2):
        soundfile.write(path, man(1.0, 16_000), 16_000, "VORBIS", format="OGG")
        files.append(pages(path.read_bytes()))
    one, two = files
    path.write_bytes(one[0] + two[0] + b"".join(a + b for a, b in zip(one[1:], two[1:], strict=True)))
    with path.open("rb") as file:
        assert not is_chained(file)


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_ogg_has_the_same_samples_wherever_one_begins_to_read(tmp_path: Path, subtype: str) -> None:
    """libsndfile 1.2.2 alone decodes other ones after some jumps."""
    random = np.random.default_rng(0)
    noise = random.standard_normal((10 * 48_000, 2))
    sound = 0.3 * np.sin(np.cumsum(0.02 + 0.02 * noise, 0)) + 0.03 * noise
    with soundfile.SoundFile(tmp_path / "take.ogg", "w", 48_000, 2, subtype) as out:
        for start in range(0, len(sound), 4096):
            out.write(sound[start : start + 4096])
    with open_audio(tmp_path / "take.ogg") as file:
        whole = file.read(file.frames, dtype="float32")
        for place in random.integers(0, len(whole) - 3000, 25):
            file.seek(place)
            assert np.array_equal(file.read(3000, dtype="float32"), whole[place : place + 3000])


def test_stereo_alac_in_caf_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    """libsndfile 1.2.2 writes beyond its buffers when it encodes noise in several channels, and the process ends."""
    for channels in (1, 2):
        path = tmp_path / f"{channels}.caf"
        soundfile.write(path, np.zeros((RATE, channels)), RATE, "ALAC_16")
        take = audio.inspect(path)
        if channels == 1:
            audio.check_publishable(take, tmp_path / "result.caf")
            continue
        with pytest.raises(UnsupportedAudio, match="in 2 channels, which can be read but not written"):
            audio.check_publishable(take, tmp_path / "result.caf")
        audio.check_publishable(take, tmp_path / "result.wav", "wav")

"""An excerpt holds the samples of its source, bit for bit, with as much of the handles as there is."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import struct
import subprocess
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from profiles import examples
from takevoice import audio, files
from takevoice.audio.containers import channel_weights
from takevoice.audio.containers.excerpts import ExcerptParts
from takevoice.audio.opening import open_audio
from takevoice.errors import AudioError, NotAudio, StorageError, TakevoiceError
from takevoice.system import place

RATE = 48_000
FRAMES = 30_000
INTEGERS = {"PCM_U8": 8, "PCM_S8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32}
needs_ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg")


def whole(subtype: str, channels: int = 1, frames: int = FRAMES) -> np.ndarray:
    """Noise of shape (frames, channels): integers aligned to the left of 32 bits, or floats beyond full scale."""
    random = np.random.default_rng(5)
    if subtype in INTEGERS:
        unused = 32 - INTEGERS[subtype]
        values = random.integers(-(1 << 31), 1 << 31, (frames, channels), np.int64)
        return (values >> unused << unused).astype(np.int32)
    kind = np.float64 if subtype == "DOUBLE" else np.float32
    return (2.5 * random.standard_normal((frames, channels))).astype(kind)


def source_of(path: Path, subtype: str, channels: int = 1, container: str = "WAV", rate: int = RATE, **options: Any) -> np.ndarray:
    samples = whole(subtype, channels)
    soundfile.write(path, samples, rate, subtype, format=container, **options)
    return samples


def read(path: Path, like: np.ndarray) -> np.ndarray:
    samples, _ = soundfile.read(path, dtype=like.dtype.name, always_2d=True)
    return samples


def by_ffmpeg(path: Path, kind: str) -> np.ndarray:
    """All samples as ffmpeg decodes them: `kind` is its name for a raw format."""
    command = ["ffmpeg", "-v", "error", "-i", path, "-f", kind, "-c:a", f"pcm_{kind}", "-"]
    done = subprocess.run(command, capture_output=True, check=True)
    assert done.stderr == b""
    return np.frombuffer(done.stdout, {"s32le": "<i4", "f32le": "<f4", "f64le": "<f8"}[kind])


def cut(source: Path, start: float = 0.1, length: float = 0.2, handle: float = 0.05, **options: Any) -> audio.Excerpt:
    return audio.cut(source, source.with_name("excerpt.wav"), start=start, length=length, handle=handle, **options)


@pytest.mark.parametrize("container", ["WAV", "WAVEX", "RF64", "W64", "AIFF", "CAF", "RIFX"])
@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_S8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
def test_samples_are_those_of_the_source(tmp_path: Path, container: str, subtype: str) -> None:
    options = {"endian": "BIG"} if container == "RIFX" else {}
    container = "WAV" if container == "RIFX" else container
    if not soundfile.check_format(container, subtype):
        pytest.skip("there is no such file")
    samples = source_of(tmp_path / "source", subtype, 3, container, **options)
    made = cut(tmp_path / "source")
    part = samples[2400:16_800]
    assert (made.frames, made.sample_rate, made.first_frame, made.head_frames) == (14_400, RATE, 2400, 2400)
    assert np.array_equal(read(made.path, samples), part)
    info = soundfile.info(made.path)
    assert (info.frames, info.samplerate, info.channels) == (14_400, RATE, 3)
    assert info.subtype == ("PCM_U8" if subtype == "PCM_S8" else subtype)
    assert info.format in ("WAV", "WAVEX")
    if shutil.which("ffmpeg") and not options:  # which takes the samples of a RIFX for little-endian ones
        kind = {"FLOAT": "f32le", "DOUBLE": "f64le"}.get(subtype, "s32le")
        assert np.array_equal(by_ffmpeg(made.path, kind).reshape(-1, 3), part)


@pytest.mark.parametrize("subtype", ["ULAW", "ALAW"])
@pytest.mark.parametrize("container", ["WAV", "AIFF"])
def test_laws_stay(tmp_path: Path, subtype: str, container: str) -> None:
    soundfile.write(tmp_path / "source", whole("PCM_16"), 8000, subtype, format=container)
    before, _ = soundfile.read(tmp_path / "source", dtype="int16")
    made = cut(tmp_path / "source", 0.5, 1.0, 0.25)
    after, _ = soundfile.read(made.path, dtype="int16")
    assert soundfile.info(made.path).subtype == subtype
    assert np.array_equal(after, before[2000:14_000])
    if shutil.which("ffmpeg"):
        assert np.array_equal(by_ffmpeg(made.path, "s32le") >> 16, after)


def crc(data: bytes, bits: int, polynomial: int) -> int:
    value = 0
    for octet in data:
        value ^= octet << (bits - 8)
        for _ in range(8):
            value = value << 1 ^ (polynomial if value >> (bits - 1) else 0)
            value &= (1 << bits) - 1
    return value


def flac(path: Path, samples: np.ndarray, bits: int) -> None:
    """A FLAC of one channel whose samples are stored as they are (RFC 9639): no encoder here writes 12 and 20 bits."""
    block = 4000
    code = {8: 1, 12: 2, 16: 4, 20: 5, 24: 6}[bits]
    values = samples[:, 0] >> (32 - bits)
    frames = b""
    for number in range(len(values) // block):
        head = bytes([0xFF, 0xF8, 0x70, code << 1, number]) + struct.pack(">H", block - 1)
        body = head + bytes([crc(head, 8, 0x07), 0b10])
        of_frame = values[number * block : (number + 1) * block]
        packed = "".join(f"{int(value) & (1 << bits) - 1:0{bits}b}" for value in of_frame)
        body += int(packed, 2).to_bytes(block * bits // 8, "big")
        frames += body + struct.pack(">H", crc(body, 16, 0x8005))
    shape = RATE << 44 | (bits - 1) << 36 | len(values) // block * block
    info = struct.pack(">HH", block, block) + bytes(6) + shape.to_bytes(8, "big") + bytes(16)
    path.write_bytes(b"fLaC\x80\0\0\x22" + info + frames)


@pytest.mark.parametrize("bits", [8, 12, 16, 20, 24])
def test_flac(tmp_path: Path, bits: int) -> None:
    samples = whole("PCM_32") >> (32 - bits) << (32 - bits)
    flac(tmp_path / "source.flac", samples[:24_000], bits)
    made = cut(tmp_path / "source.flac", 0.2, 0.2, 0.1)
    assert soundfile.info(made.path).subtype == {8: "PCM_U8", 12: "PCM_16", 16: "PCM_16"}.get(bits, "PCM_24")
    assert np.array_equal(read(made.path, samples), samples[4800:24_000])
    if shutil.which("ffmpeg"):
        expected = by_ffmpeg(tmp_path / "source.flac", "s32le")[4800:]
        assert np.array_equal(by_ffmpeg(made.path, "s32le"), expected)


@pytest.mark.parametrize("start", [0.0, 0.013, 0.3, 0.61])
@pytest.mark.parametrize("channels", [1, 2, 8])
def test_a_place_in_a_flac_is_found_to_the_sample(tmp_path: Path, start: float, channels: int) -> None:
    samples = source_of(tmp_path / "source.flac", "PCM_24", channels, "FLAC")
    made = cut(tmp_path / "source.flac", start, 0.3, 0.0)
    first = round(start * RATE)
    assert np.array_equal(read(made.path, samples), samples[first : first + made.frames])


COMPRESSED = {
    "ogg": ("OGG", "VORBIS"),
    "opus": ("OGG", "OPUS"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
    "mp3.wav": ("WAV", "MPEG_LAYER_III"),
    "ima.wav": ("WAV", "IMA_ADPCM"),
    "ms.wav": ("WAV", "MS_ADPCM"),
    "gsm.wav": ("WAV", "GSM610"),
    "gsm.aiff": ("AIFF", "GSM610"),
    "alac.caf": ("CAF", "ALAC_24"),
}


@pytest.mark.parametrize("name", COMPRESSED)
@pytest.mark.parametrize("start", [0.0, 1.234567, 2.9])
def test_compressed_sources_are_decoded_from_their_start(tmp_path: Path, name: str, start: float) -> None:
    """A decoder that jumped into the middle would give other samples there."""
    if name == "mp3.wav" and shutil.which("ffmpeg") is None:
        pytest.skip("needs ffmpeg")
    container, subtype = COMPRESSED[name]
    rate = 8000 if subtype == "GSM610" else RATE
    path = tmp_path / f"source.{name}"
    sound = 0.1 * whole("FLOAT", 1, 4 * rate)
    if name == "mp3.wav":
        soundfile.write(tmp_path / "plain.wav", sound, rate)
        command = ["ffmpeg", "-v", "error", "-i", tmp_path / "plain.wav", "-c:a", "libmp3lame", path]
        subprocess.run(command, check=True)
    else:
        soundfile.write(path, sound, rate, subtype, format=container)
    with open_audio(path) as file:
        decoded = file.read(file.frames, dtype="float32")
    made = cut(path, start, 0.5, 0.25)
    first = max(0, round(start * rate) - rate // 4)
    assert soundfile.info(made.path).subtype == ("PCM_24" if subtype == "ALAC_24" else "FLOAT")
    assert made.first_frame == first
    part, _ = soundfile.read(made.path, dtype="float32")
    assert np.array_equal(part, decoded[first : first + made.frames])


@needs_ffmpeg
@pytest.mark.parametrize("codec", ["aac", "alac"])
def test_m4a(tmp_path: Path, codec: str) -> None:
    soundfile.write(tmp_path / "plain.wav", 0.1 * whole("FLOAT", 2, 3 * RATE), RATE, "PCM_16")
    path = tmp_path / "source.m4a"
    subprocess.run(["ffmpeg", "-v", "error", "-i", tmp_path / "plain.wav", "-c:a", codec, path], check=True)
    made = cut(path, 1.0, 1.0, 0.5)
    info = soundfile.info(made.path)
    assert (info.frames, info.subtype) == (2 * RATE, "FLOAT" if codec == "aac" else "PCM_16")
    kind = "f32le" if codec == "aac" else "s32le"
    expected = by_ffmpeg(path, kind).reshape(-1, 2)[RATE // 2 : RATE * 5 // 2]
    assert np.array_equal(by_ffmpeg(made.path, kind).reshape(-1, 2), expected)


def test_a_video_tells_when_its_part_starts(tmp_path: Path) -> None:
    if shutil.which("ffmpeg") is None:
        pytest.skip("needs ffmpeg")
    path = tmp_path / "source.mov"
    command = "ffmpeg -v error -f lavfi -i testsrc=d=2:r=25:s=64x64 -f lavfi -i sine=d=2:r=48000".split()
    subprocess.run([*command, "-timecode", "01:00:00:00", "-c:a", "pcm_s16le", path], check=True)
    made = cut(path, 1.0, 0.5, 0.25)
    data = made.path.read_bytes()
    at = data.index(b"bext") + 8 + 338
    assert int.from_bytes(data[at : at + 8], "little") == 3600 * RATE + made.first_frame


# Where the part begins and ends.


@given(
    start=st.floats(0, 0.7),
    length=st.floats(1e-6, 2),
    handle=st.one_of(st.just(0.0), st.floats(0, 1)),
    rate=st.sampled_from([8000, 11_025, 44_100, 47_952, 48_000, 96_000, 192_000]),
    channels=st.one_of(st.none(), st.lists(st.integers(1, 3), min_size=1, max_size=4)),
)
@examples(150)
def test_any_part(
    tmp_path: Path, start: float, length: float, handle: float, rate: int, channels: list[int] | None
) -> None:
    samples = source_of(tmp_path / "source.wav", "PCM_24", 3, rate=rate)
    if int(start * rate + 0.5) >= FRAMES:
        with pytest.raises(AudioError):
            cut(tmp_path / "source.wav", start, length, handle, channels=channels)
        return
    made = cut(tmp_path / "source.wav", start, length, handle, channels=channels)
    begin = made.first_frame + made.head_frames
    # Exactly: no more than half a sample beside the start, and no sample of the end is missing.
    assert abs(Fraction(start) * rate - begin) <= Fraction(1, 2) + Fraction(1, 1000)
    margin = round(handle * rate)
    assert made.head_frames == min(margin, begin)
    end = made.first_frame + made.frames
    beyond = end - margin - (Fraction(start) + Fraction(length)) * rate
    shortest = end - margin == begin + 1
    assert end == FRAMES or (beyond >= -Fraction(1, 500) and (shortest or beyond < 1))
    picked = samples if channels is None else samples[:, np.array(channels) - 1]
    assert np.array_equal(read(made.path, samples), picked[made.first_frame : end])


@pytest.mark.parametrize(
    ("start", "length", "frames"),
    [
        (0.0, 0.5000102, 24_001),  # 24000.4896: the item is not longer than its sound
        (0.1, 0.2, 9600),  # 0.1 + 0.2 is a little more than 0.3
        (0.0, 1e-9, 1),
        (0.00001041, 1e-9, 1),  # the start is rounded up, beyond the end
        (0.6, 100.0, 1200),
    ],
)
def test_the_end_is_rounded_up(tmp_path: Path, start: float, length: float, frames: int) -> None:
    source_of(tmp_path / "source.wav", "PCM_16")
    assert cut(tmp_path / "source.wav", start, length, 0.0).frames == frames


@pytest.mark.parametrize(
    ("start", "length", "first", "head", "frames"),
    [(0.0, 0.1, 0, 0, 9600), (0.04, 0.1, 0, 1920, 11_520), (0.5, 1.0, 19_200, 4800, 10_800), (0.0, 1.0, 0, 0, FRAMES)],
)
def test_handles_end_where_the_file_does(
    tmp_path: Path, start: float, length: float, first: int, head: int, frames: int
) -> None:
    source_of(tmp_path / "source.wav", "PCM_16")
    made = cut(tmp_path / "source.wav", start, length, 0.1)
    assert (made.first_frame, made.head_frames, made.frames) == (first, head, frames)


def test_one_of_64_channels(tmp_path: Path) -> None:
    samples = source_of(tmp_path / "source.wav", "PCM_24", 64)
    made = cut(tmp_path / "source.wav", channels=[64])
    assert np.array_equal(read(made.path, samples), samples[2400:16_800, 63:])
    made = cut(tmp_path / "source.wav")
    assert np.array_equal(read(made.path, samples), samples[2400:16_800])


def test_surround_keeps_its_loudspeakers(tmp_path: Path) -> None:
    """The low-frequency channel of a FLAC does not count for the loudness; in a WAV, dwChannelMask says which it is."""
    source_of(tmp_path / "source.flac", "PCM_16", 6, "FLAC")
    made = cut(tmp_path / "source.flac")
    assert channel_weights(audio.inspect(made.path)) == (1, 1, 1, 0, 1.41, 1.41)
    made = cut(tmp_path / "source.flac", channels=[4])
    assert channel_weights(audio.inspect(made.path)) is None


# Large files.


def sparse(path: Path, frames: int, channels: int = 8, container: str = "RF64") -> None:
    """A file of silence in float64 that takes no room on the disk."""
    soundfile.write(path, np.zeros((1, channels)), 192_000, "DOUBLE", format=container)
    head = bytearray(path.read_bytes()[: -8 * channels])
    size = frames * channels * 8
    head[20:28] = struct.pack("<Q", len(head) - 8 + size)
    head[28:36] = struct.pack("<Q", size)
    path.write_bytes(head)
    with path.open("rb+") as file:
        file.truncate(len(head) + size)


def test_a_part_of_over_4_gb_becomes_rf64(tmp_path: Path) -> None:
    """Only the head is written here: the samples are a hole."""
    parts = ExcerptParts("little", [], [], [], (5 << 30) + 1, 99)
    assert parts.is_large and parts.file_size == 12 + 36 + 8 + (5 << 30) + 2
    sizes, data = parts.parts((), large=True)
    assert sizes.content == struct.pack("<QQQI", parts.file_size - 8, (5 << 30) + 1, 99, 0)
    assert data.replaces.size_field == 0xFFFFFFFF
    largest = 0xFFFFFFFF - 4 - 8 - 1  # a RIFF of even size
    for size, is_large in ((largest, False), (largest + 2, True)):
        assert ExcerptParts("little", [], [], [], size, 99).is_large == is_large


class Sparse(io.FileIO):
    """A file in which zeros take no room."""

    def write(self, block: bytes) -> int:  # type: ignore[override]
        if any(block[:64]) or np.frombuffer(block, np.uint8).any():
            return super().write(block)
        self.seek(len(block), io.SEEK_CUR)
        return len(block)


@pytest.mark.quality
@pytest.mark.long
def test_a_part_of_over_4_gb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frames, count = (5 << 30) // 64, (4 << 30) // 64 + 192_000
    sparse(tmp_path / "source.rf64", frames)
    first = 192_000
    with (tmp_path / "source.rf64").open("rb+") as file:
        at = (tmp_path / "source.rf64").stat().st_size - frames * 64
        file.seek(at + (first + count - 1) * 64)
        file.write(np.arange(1.0, 9.0).tobytes() + np.full(8, 99.0).tobytes())
    real = place.open_file
    monkeypatch.setattr(place, "open_file", lambda path, mode: Sparse(path, "w") if mode == "wb" else real(path, mode))
    made = cut(tmp_path / "source.rf64", 1.0, count / 192_000, 0.0)
    assert (made.first_frame, made.frames) == (first, count)
    info = soundfile.info(made.path)
    assert (info.format, info.frames, info.channels) == ("RF64", count, 8)
    with soundfile.SoundFile(made.path) as file:
        file.seek(count - 2)
        assert file.read().tolist() == [[0.0] * 8, [float(each) for each in range(1, 9)]]
    if shutil.which("ffprobe"):
        command = ["ffprobe", "-v", "error", "-show_streams", "-of", "json", made.path]
        told = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
        assert told["streams"][0]["duration_ts"] == count


def test_the_end_of_5_gb(tmp_path: Path) -> None:
    frames = (5 << 30) // 64
    sparse(tmp_path / "source.rf64", frames)
    with (tmp_path / "source.rf64").open("rb+") as file:
        file.seek(-64, 2)
        file.write(np.arange(8.0).tobytes())
    made = cut(tmp_path / "source.rf64", frames / 192_000 - 0.01, 0.01, 0.0, channels=[8, 3])
    part, _ = soundfile.read(made.path, always_2d=True)
    assert made.first_frame == frames - 1920 and len(part) == 1920
    assert part[-1].tolist() == [7.0, 2.0] and not part[:-1].any()
    assert soundfile.info(made.path).format in ("WAV", "WAVEX")


def bytes_read() -> int:
    """What this process has read so far; 0 where the system does not count it."""
    counts = Path("/proc/self/io")
    return int(counts.read_text().split()[1]) if counts.exists() else 0


def test_a_short_part_of_a_long_file_is_quick(tmp_path: Path) -> None:
    """5 s of half an hour, stereo in 24 bits, without a look at the rest: about 7 ms of CPU."""
    soundfile.write(tmp_path / "source.wav", np.zeros((1, 2)), RATE, "PCM_24")
    frames = 1800 * RATE
    with (tmp_path / "source.wav").open("rb+") as file:
        data = file.read()
        file.truncate(len(data) - 6 + frames * 6)
        file.seek(4)
        file.write(struct.pack("<I", len(data) - 14 + frames * 6))
        file.seek(data.index(b"data") + 4)
        file.write(struct.pack("<I", frames * 6))
    cut(tmp_path / "source.wav", 900.0, 5.0, 0.5)
    spent, read_before = [], bytes_read()
    for _ in range(5):
        before = time.process_time()
        assert cut(tmp_path / "source.wav", 900.0, 5.0, 0.5).frames == 6 * RATE
        spent.append(time.process_time() - before)
    assert min(spent) < 0.05
    assert bytes_read() - read_before < 5 * 2_000_000  # of which 6 s are 1.73 MB


# What cannot be cut.


def refused(kind: type[TakevoiceError], source: Path, *words: str, **options: Any) -> None:
    """The error is one line that names the file and what helps, and nothing is left in the folder."""
    before = sorted(source.parent.iterdir())
    with pytest.raises(kind) as caught:
        cut(source, **options)
    text = str(caught.value)
    assert "\n" not in text and str(source) in text and ";" in text, text
    for word in words:
        assert word in text
    assert sorted(source.parent.iterdir()) == before


def test_what_cannot_be_cut(tmp_path: Path) -> None:
    source = tmp_path / "source.wav"
    refused(StorageError, source, "is gone", "name another file")
    source.write_bytes(b"")
    refused(NotAudio, source, "is empty")
    source.write_text("no audio")
    refused(AudioError, source)
    soundfile.write(source, np.zeros((0, 1)), RATE, "PCM_16")
    refused(AudioError, source)
    source_of(source, "PCM_16", 2)
    refused(AudioError, source, "0.625 s long", "begins at 0.700 s", "check where the part begins", start=0.7)
    refused(AudioError, source, "has 2 channels, and channel 3", "channels are numbers from 1 to 2", channels=[1, 3])
    refused(AudioError, source, "channel 0", channels=[0])
    refused(AudioError, source, "none of them", channels=[])
    for wrong in ({"start": -0.1}, {"length": 0.0}, {"handle": -1.0}, {"start": float("nan")}, {"length": float("inf")}):
        refused(AudioError, source, "cannot be cut", **wrong)


def test_a_file_in_the_cloud_is_not_downloaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source_of(tmp_path / "source.wav", "PCM_16")
    monkeypatch.setattr(files, "is_placeholder", lambda _: True)
    refused(files.InCloudOnly, tmp_path / "source.wav", "keep it on this device")


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "source.wav"
    source_of(source, "PCM_16")
    folder = tmp_path / "target"
    folder.mkdir()
    (folder / "excerpt.wav").write_bytes(b"an older one")
    real = place.open_file

    class Full:
        """A file that the disk has no room for after the first block."""

        def __init__(self, path: Path) -> None:
            self.file = real(path, "wb")

        def __enter__(self) -> Full:
            return self

        def __exit__(self, *error: object) -> None:
            self.file.close()

        def write(self, block: bytes) -> int:
            if self.file.tell() > 1000:
                raise OSError(errno.ENOSPC, "No space left on device")
            return self.file.write(block)

    monkeypatch.setattr(place, "open_file", lambda path, mode: Full(path) if "w" in mode else real(path, mode))
    with pytest.raises(StorageError, match="No space left on device; free some space there"):
        audio.cut(source, folder / "excerpt.wav", start=0.1, length=0.2, handle=0.0)
    assert [each.read_bytes() for each in folder.iterdir()] == [b"an older one"]


def test_too_little_room_is_seen_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source_of(tmp_path / "source.wav", "PCM_16")
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    with pytest.raises(StorageError, match=r"the disk is full.*free some space there"):
        cut(tmp_path / "source.wav")
    assert [each.name for each in tmp_path.iterdir()] == ["source.wav"]


def test_the_source_is_never_the_target(tmp_path: Path) -> None:
    source_of(tmp_path / "source.wav", "PCM_16")
    before = (tmp_path / "source.wav").read_bytes()
    with pytest.raises(StorageError, match="is the file to cut from"):
        audio.cut(tmp_path / "source.wav", tmp_path / "source.wav", start=0.1, length=0.2, handle=0.0)
    assert (tmp_path / "source.wav").read_bytes() == before


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    source_of(tmp_path / "source.wav", "PCM_16")
    with pytest.raises(StorageError, match="no-such"):
        audio.cut(tmp_path / "source.wav", tmp_path / "no-such" / "a.wav", start=0.1, length=0.2, handle=0.0)


def test_damaged_audio(tmp_path: Path) -> None:
    source_of(tmp_path / "source.flac", "PCM_16", container="FLAC")
    data = bytearray((tmp_path / "source.flac").read_bytes())
    data[len(data) // 3 : len(data) // 2] = bytes(len(data) // 2 - len(data) // 3)
    (tmp_path / "source.flac").write_bytes(data)
    refused(AudioError, tmp_path / "source.flac", "damaged", length=0.5)


# Headers that are a little off: the project reads such files, and an excerpt has the right sizes.


def settled(path: Path) -> Path:
    """A file that was written a while ago."""
    os.utime(path, (time.time() - 100,) * 2)
    return path


def check_sizes(path: Path, expected: np.ndarray) -> None:
    samples, _ = soundfile.read(path, dtype="int32", always_2d=True)
    assert np.array_equal(samples, expected)
    assert np.array_equal(by_ffmpeg(path, "s32le").reshape(expected.shape), expected)
    command = ["ffprobe", "-v", "error", "-show_streams", "-of", "json", path]
    told = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert told["streams"][0]["duration_ts"] == len(expected)


@needs_ffmpeg
@pytest.mark.parametrize("stored", [0, 0xFFFFFFFF, 0x7FFFF000])
def test_sizes_that_are_not_stated(tmp_path: Path, stored: int) -> None:
    source = tmp_path / "source.wav"
    samples = source_of(source, "PCM_24", 2)
    data = bytearray(source.read_bytes())
    at = data.index(b"data")
    data[4:8] = data[at + 4 : at + 8] = struct.pack("<I", stored)
    source.write_bytes(data)
    check_sizes(cut(settled(source)).path, samples[2400:16_800])


@needs_ffmpeg
@pytest.mark.parametrize("short", [2, 20, 100_000])
def test_a_riff_size_that_is_short(tmp_path: Path, short: int) -> None:
    source = tmp_path / "source.wav"
    samples = source_of(source, "PCM_16", 2)
    data = source.read_bytes() + b"cue " + struct.pack("<IIII4sIII", 28, 1, 1, 2500, b"data", 0, 0, 2500)
    source.write_bytes(data[:4] + struct.pack("<I", len(data) - 8 - short) + data[8:])
    made = cut(source)
    check_sizes(made.path, samples[2400:16_800])
    assert made.path.read_bytes().endswith(struct.pack("<II4sIII", 1, 100, b"data", 0, 0, 100))


@needs_ffmpeg
@pytest.mark.parametrize("options", ["-f wav", "-f flac", "-c:a pcm_s24be -f caf", "-f aiff", "-f w64"])
def test_what_ffmpeg_writes_into_a_pipe(tmp_path: Path, options: str) -> None:
    samples = source_of(tmp_path / "plain.wav", "PCM_16", 2)
    command = ["ffmpeg", "-v", "error", "-i", tmp_path / "plain.wav", *options.split(), "-"]
    source = tmp_path / "source"
    source.write_bytes(subprocess.run(command, capture_output=True, check=False).stdout)
    if not source.stat().st_size:
        pytest.skip("ffmpeg does not write this into a pipe")
    check_sizes(cut(settled(source)).path, samples[2400:16_800])

"""All 28 formats, read back by others."""

import io
import json
import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from takevoice import OUTPUT_FORMATS
from takevoice_plugins.local.encode import encode, frames_at, wav_header

RATE, FRAMES = 44_100, 60_001
RAW = {"pcm": "PCM_16", "ulaw": "ULAW", "alaw": "ALAW"}
FFPROBE = {"mp3": "mp3", "opus": "opus", "wav": "pcm_s16le"}
TONE = 0.5 * np.sin(2 * np.pi * 440 * np.arange(FRAMES) / RATE)


def encoded(name: str, block: int = 7001) -> bytes:
    return b"".join(encode((TONE[i : i + block] for i in range(0, FRAMES, block)), RATE, FRAMES, name))


@pytest.mark.parametrize("name", OUTPUT_FORMATS)
def test_format(name: str, tmp_path: Path) -> None:
    wanted = OUTPUT_FORMATS[name]
    data = encoded(name)
    if wanted.headerless:
        samples, rate = soundfile.read(
            io.BytesIO(data), samplerate=wanted.sample_rate, channels=1, subtype=RAW[wanted.codec],
            format="RAW", endian="LITTLE",
        )  # fmt: skip
    else:
        samples, rate = soundfile.read(io.BytesIO(data))
    assert rate == wanted.sample_rate
    assert len(samples) == frames_at(FRAMES, RATE, rate)
    expected = 0.5 * np.sin(2 * np.pi * 440 * np.arange(len(samples)) / rate)
    assert np.corrcoef(samples, expected)[0, 1] > 0.99
    if wanted.codec == "mp3":
        assert len(data) * 8 / (FRAMES / RATE) == pytest.approx(wanted.kbps * 1000, rel=0.12)
    if wanted.codec in FFPROBE and shutil.which("ffprobe"):
        path = tmp_path / "file"
        path.write_bytes(data)
        asked = ["ffprobe", "-v", "error", "-show_streams", "-of", "json", str(path)]
        (stream,) = json.loads(subprocess.run(asked, capture_output=True, check=True).stdout)["streams"]
        assert (stream["codec_name"], int(stream["sample_rate"])) == (FFPROBE[wanted.codec], rate)
        if wanted.codec == "mp3":
            assert int(stream["bit_rate"]) == pytest.approx(wanted.kbps * 1000, rel=0.02)


def test_auto_keeps_the_samples() -> None:
    data = encoded("auto")
    with soundfile.SoundFile(io.BytesIO(data)) as file:
        assert (file.samplerate, file.subtype, file.frames) == (RATE, "FLOAT", FRAMES)
        np.testing.assert_array_equal(file.read(dtype="float32"), TONE.astype(np.float32))


@pytest.mark.parametrize(
    "name", ["auto", "wav_48000", "pcm_16000", "ulaw_8000", "opus_48000_64", "mp3_44100_128", "mp3_22050_32"]
)
def test_bytes_come_as_they_are_made(name: str) -> None:
    given: list[int] = []

    def blocks():
        for i in range(20):
            given.append(i)
            yield np.tile(TONE[:48_000], 1)

    chunks = encode(blocks(), 48_000, 20 * 48_000, name)
    size = 0
    while size < 2000:
        size += len(next(chunks))
    assert len(given) < 5
    chunks.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", OUTPUT_FORMATS)
def test_one_frame(name: str) -> None:
    assert b"".join(encode(iter([np.array([0.5])]), 48_000, 1, name))


def test_full_scale_does_not_wrap() -> None:
    data = b"".join(encode(iter([np.array([1.0, -1.0, 1.5, -2.0])]), 48_000, 4, "pcm_48000"))
    assert struct.unpack("<4h", data) == (32767, -32767, 32767, -32767)


def test_long_takes_get_rf64() -> None:
    head = wav_header(1 << 31, 48_000, 3, 4)
    assert head[:4] == b"RF64"
    assert struct.unpack("<QQQ", head[20:44])[1:] == (1 << 33, 1 << 31)
    assert struct.unpack("<QQQ", head[20:44])[0] == len(head) - 8 + (1 << 33)

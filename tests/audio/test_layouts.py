"""The weights of channels in the loudness, against ffmpeg's ebur128."""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest

from takevoice import audio
from takevoice.audio.containers.layouts import channel_weights

RATE = 48_000
pytestmark = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")


def wavex(path: Path, mask: int, samples: np.ndarray) -> Path:
    """16-bit WAVEFORMATEXTENSIBLE, as Microsoft describes it."""
    channels = samples.shape[1]
    guid = struct.pack("<IHH", 1, 0, 16) + bytes.fromhex("800000aa00389b71")
    form = struct.pack("<HHIIHHHHI", 0xFFFE, channels, RATE, RATE * channels * 2, channels * 2, 16, 22, 16, mask)
    data = (samples * 32767).astype("<i2").tobytes()
    chunks = b"WAVEfmt " + struct.pack("<I", 40) + form + guid + b"data" + struct.pack("<I", len(data)) + data
    path.write_bytes(b"RIFF" + struct.pack("<I", len(chunks)) + chunks)
    return path


def tone(channels: int, sounding: int) -> np.ndarray:
    samples = np.zeros((2 * RATE, channels))
    samples[:, sounding] = 0.1 * np.sin(2 * np.pi * 997 * np.arange(len(samples)) / RATE)
    return samples


def loudness(path: Path) -> float:
    command = ["ffmpeg", "-nostats", "-i", str(path), "-af", "ebur128", "-f", "null", "-"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    return float(re.findall(r"I:\s+(-?[\d.]+) LUFS", said)[-1])


@pytest.mark.parametrize(
    ("mask", "channels", "encoder"),
    [(0x3F, 6, ""), (0x60F, 6, ""), (0x3F, 6, "flac"), (0x3F, 6, "vorbis.ogg")],
)
def test_each_channel_weighs_what_ffmpeg_gives_it(tmp_path: Path, mask: int, channels: int, encoder: str) -> None:
    found, told = [], None
    for number in range(channels):
        path = wavex(tmp_path / "take.wav", mask, tone(channels, number))
        if encoder:
            plain, path = path, tmp_path / f"take.{encoder}"
            codec = "libvorbis" if encoder.endswith("ogg") else encoder
            subprocess.run(["ffmpeg", "-y", "-v", "error", "-i", str(plain), "-c:a", codec, str(path)], check=True)
        told = channel_weights(audio.inspect(path))
        found.append(loudness(path))
    assert told is not None
    if encoder == "vorbis.ogg":
        # The decoder of ffmpeg puts the channels into the order of WAV: compare as a set.
        told = tuple(told[at] for at in (0, 2, 1, 5, 3, 4))
    for weight, level in zip(told, found, strict=True):
        if weight == 0:
            assert level <= -50
        else:
            assert level - max(found) == pytest.approx(10 * np.log10(weight / 1.41), abs=0.11)


def test_a_file_that_names_no_loudspeakers(tmp_path: Path) -> None:
    assert channel_weights(audio.inspect(wavex(tmp_path / "take.wav", 0, tone(6, 0)))) is None
    assert channel_weights(audio.inspect(wavex(tmp_path / "take.wav", 3, tone(6, 0)))) is None

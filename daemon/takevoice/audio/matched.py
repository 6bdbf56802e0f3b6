"""Sounds that are heard one after the other, equally loud: the louder ones are turned down, in copies."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import soundfile

from takevoice.audio.loudness import Meter
from takevoice.audio.opening import open_audio

_BLOCK = 1 << 16  # frames


def matching_gains(paths: Sequence[Path]) -> Sequence[float]:
    """Return a factor for each file that makes it as loud as the quietest one (BS.1770), at most 1; silence stays.

    Raises:
        AudioError, soundfile.SoundFileError: one cannot be read.
    """
    loudness = [_loudness(path) for path in paths]
    lowest = min((each for each in loudness if each > -math.inf), default=0.0)
    return [10 ** ((lowest - each) / 20) if each > -math.inf else 1.0 for each in loudness]


def write_turned_down(path: Path, gain: float, target: Path) -> None:
    """Write the audio of a file, multiplied by a factor of at most 1, as a WAV of 24 bits.

    Raises:
        AudioError, soundfile.SoundFileError: it cannot be read or written.
    """
    with open_audio(path) as source, soundfile.SoundFile(target, "w", source.samplerate, source.channels, "PCM_24", format="WAV") as copy:
        for block in _blocks(source):
            copy.write(block * gain)


def _loudness(path: Path) -> float:
    with open_audio(path) as file:
        meter = Meter(file.samplerate, file.channels)
        for block in _blocks(file):
            meter.feed(block)
    return meter.result().loudness().lufs


def _blocks(file: soundfile.SoundFile) -> Iterator[soundfile.Array]:
    while len(block := file.read(_BLOCK, "float64", always_2d=True)):
        yield block

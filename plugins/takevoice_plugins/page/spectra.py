"""Spectrograms of a range: one spectrum for each column of the picture, on a logarithmic scale of frequency."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from takevoice import JobSound
from takevoice_plugins.page.sounds import OpenSounds

WINDOW = 2048  # frames
LOWEST = 40.0  # Hz, the bottom of the picture
RANGE = 90.0  # dB from the darkest to the brightest
LONGEST = 120.0  # seconds in one picture


class Picture(NamedTuple):
    """Rows from the highest to the lowest frequency; 255 is full scale, 0 is 90 dB below or less."""

    rows: npt.NDArray[np.uint8]  # (height, width)
    highest: float  # Hz


def spectrogram(sounds: OpenSounds, sound: JobSound, start: int, frames: int, width: int, height: int) -> Picture:
    """Return the picture of a mix of all channels; raises StorageError."""
    before = min(start, WINDOW // 2)
    mixed = sounds.read(sound, start - before, frames + before + WINDOW, ())[:, 0]
    padded = np.pad(mixed, (WINDOW // 2 - before, WINDOW + frames))
    starts = (np.arange(width) * frames / width).astype(int)
    columns = padded[starts[:, None] + np.arange(WINDOW)] * np.hanning(WINDOW).astype(np.float32)
    magnitudes = np.abs(np.fft.rfft(columns, axis=1)) / (WINDOW / 4)
    highest = min(sound.sample_rate / 2, 20_000.0)
    wanted = np.geomspace(highest, LOWEST, height) * WINDOW / sound.sample_rate
    lower = np.minimum(wanted.astype(int), magnitudes.shape[1] - 2)
    share = wanted - lower
    picked = magnitudes[:, lower] * (1 - share) + magnitudes[:, lower + 1] * share
    decibels = 20 * np.log10(np.maximum(picked, 1e-6))
    scaled = np.clip(1 + decibels / RANGE, 0, 1) * 255
    return Picture(np.ascontiguousarray(scaled.T.astype(np.uint8)), highest)

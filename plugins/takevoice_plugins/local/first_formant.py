"""Moves the first formant of grains further than the others, by gains over mel bands from the spectrum of each grain.

A grain has two periods, so its spectrum has no harmonics, only formants.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from takevoice_plugins.local.arrays import Samples, SingleComplex
from takevoice_plugins.local.mel import MelBands, centres

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

WHOLE_TO, HALF_AT, FROM = 920.0, 2070.0, 3450.0  # Hz of a moved formant: the whole factor, a third of it, nothing
THIRD = 1 / 3
MOST = 2.8  # nepers of power, 12 dB, of any gain


def band_count() -> int:
    """Return how many of the lowest mel bands move."""
    return int(np.searchsorted(centres(), FROM)) + 1


@lru_cache(maxsize=8)
def _moves(factor: float, count: int) -> csr_matrix:
    """Return the matrix that makes changes out of log power: (count, count)."""
    from scipy.sparse import csr_matrix  # slow to load, and what only reads a speaker's file needs none

    hertz = centres()[:count]
    before = np.array([0.0, WHOLE_TO, HALF_AT, FROM])
    after = before * np.array([1.0, factor, 1 + (factor - 1) * THIRD, 1.0])
    place = np.interp(np.interp(hertz, after, before), hertz, np.arange(count))
    below = np.minimum(place.astype(np.int64), count - 2)
    moved = np.zeros((count, count))
    moved[np.arange(count), below] = 1 - (place - below)
    moved[np.arange(count), below + 1] = place - below
    return csr_matrix(moved - np.eye(count))


class FirstFormant:
    """Moves the first formant by a factor, for grains at a sample rate in Hz and an FFT size."""

    def __init__(self, sample_rate: int, size: int, factor: float) -> None:
        count = min(band_count(), int(np.searchsorted(centres(), sample_rate / 2)))
        self._bins = min(size // 2 + 1, int(2 * FROM * size / sample_rate))
        self._bands = MelBands(sample_rate, count, size, self._bins)
        self._moves = _moves(factor, count)

    def move(self, spectrum: SingleComplex) -> None:
        """Change spectra (n, size // 2 + 1)."""
        low = spectrum[:, : self._bins]
        power: Samples = low.real**2 + low.imag**2  # type: ignore[assignment] # in single precision, for speed
        change: Samples = (self._moves @ self._bands.log_power(power).T).T
        low *= self._bands.gains(np.clip(change, -MOST, MOST))

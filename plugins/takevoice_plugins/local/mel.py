"""Mel bands, in which timbre is described: 64 bands from 80 Hz to 16 kHz.

The mel scale is that of O'Shaughnessy (1987): 2595 log10(1 + f / 700 Hz).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from takevoice_plugins.local.arrays import Samples, Singles

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

BANDS = 64
LOWEST, HIGHEST = 80.0, 16_000.0  # Hz
MIN_BANDS = 24
FLOOR = 1e-11  # power
CARRYING = 60.0  # dB below the strongest band; weaker bands count as empty
DB = 10 / np.log(10)  # dB per neper of power


def fft_size(sample_rate: int) -> int:
    """Return the FFT size that holds two periods of the lowest voice: a power of two, 42 ms or more."""
    return 1 << int(np.ceil(np.log2(sample_rate / 24)))


def to_mel(hertz: npt.ArrayLike) -> Samples:
    """Convert frequencies in Hz to mel."""
    mel: Samples = 2595 * np.log10(1 + np.asarray(hertz, np.float64) / 700)
    return mel


@lru_cache(maxsize=1)
def centres() -> Samples:
    """Return the centre of each band in Hz: (BANDS,)."""
    low, high = to_mel(np.array([LOWEST, HIGHEST]))
    mel = np.linspace(low, high, BANDS + 2)[1:-1]
    hertz: Samples = 700 * (10 ** (mel / 2595) - 1)
    hertz.flags.writeable = False
    return hertz


@lru_cache(maxsize=16)
def _weights(sample_rate: int, count: int, size: int) -> tuple[csr_matrix, csr_matrix]:
    """Return the weights of bins in bands, and of bands in bins."""
    from scipy.sparse import csr_matrix  # slow to load, and what only reads a speaker's file needs none

    frequency = np.fft.rfftfreq(size, 1 / sample_rate)
    mel, middle = to_mel(frequency), to_mel(centres())
    width = middle[1] - middle[0]
    weights = np.clip(1 - np.abs(mel - middle[:count, None]) / width, 0, None)
    # Sparse rather than BLAS, which would use a thread per core while other takes are being converted.
    down = csr_matrix((weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)).astype(np.float32))
    place = np.clip((mel - middle[0]) / width, 0, count - 1)
    between = np.clip(1 - np.abs(place - np.arange(count)[:, None]), 0, None)
    top = centres()[count - 1]
    up = csr_matrix((between * np.clip((1.6 * top - frequency) / (0.5 * top), 0, 1)).T.astype(np.float32))
    return down, up


class MelBands:
    """Converts between spectra of an FFT size, if none is given `fft_size`, and the lowest `count` mel bands.

    `bins`: how many bins the spectra have, from the lowest; all if it is None.
    """

    def __init__(self, sample_rate: int, count: int = BANDS, size: int | None = None, bins: int | None = None) -> None:
        self.count = count
        down, up = _weights(sample_rate, count, size or fft_size(sample_rate))
        self._down, self._up = (down, up) if bins is None else (down[:, :bins], up[:bins])

    def log_power(self, power: Samples) -> Samples:
        """Convert power spectra (n, bins) to log power of the bands in nepers: (n, count)."""
        logs: Samples = np.log((self._down @ power.T).T + FLOOR).astype(np.float64)
        return logs

    def gains(self, change: Samples) -> Singles:
        """Convert changes of log power (n, count) in nepers to amplitude gains (n, bins).

        They are 1 far above the last band.
        """
        gains: Singles = np.exp((self._up @ (0.5 * change.T).astype(np.float32)).T)
        return gains


def bands_carrying(log_power: Samples) -> int:
    """Return how many bands of log power (n, BANDS) carry sound, counted from the lowest."""
    level = DB * np.log(np.mean(np.exp(log_power), axis=0))
    highest = int(np.max(np.nonzero(level > level.max() - CARRYING)[0]))
    return max(MIN_BANDS, highest - 1)


def warp(log_power: Samples, factor: float) -> Samples:
    """Apply a formant factor to log power of the lowest bands (..., count): same shape."""
    hertz = centres()[: log_power.shape[-1]]
    place = np.interp(hertz / factor, hertz, np.arange(len(hertz)))
    below = np.minimum(place.astype(np.int64), len(hertz) - 2)
    part = place - below
    warped: Samples = log_power[..., below] * (1 - part) + log_power[..., below + 1] * part
    return warped


def cosines(count: int) -> Samples:
    """Return the orthonormal DCT-II matrix: row k is a cosine of k / 2 cycles across `count` bands."""
    k, n = np.arange(count)[:, None], np.arange(count)[None]
    shapes: Samples = np.cos(np.pi * k * (n + 0.5) / count) * np.sqrt(2 / count)
    shapes[0] /= np.sqrt(2)
    return shapes

"""Linear filters by numpy and scipy's transforms and matrices alone.

scipy.signal has all of them, but loads statistics, splines and optimisation too: longer than a short take needs to be
converted.
"""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import scipy.fft
from scipy.linalg import blas

from takevoice_plugins.local.arrays import Samples

Number = TypeVar("Number", np.float64, np.complex128)


def low_pass(taps: int, cutoff: float) -> Samples:
    """Return a symmetric low-pass (taps,), a sinc in a Hamming window, 1 at 0 Hz; `cutoff` is a share of the Nyquist frequency."""
    at = np.arange(taps) - (taps - 1) / 2
    response = np.sinc(cutoff * at) * np.hamming(taps)
    normal: Samples = response / response.sum()
    return normal


def every_nth(samples: Samples, taps: Samples, step: int) -> Samples:
    """Filter by symmetric `taps`, and keep every `step`-th value: ((len(samples) - len(taps)) // step + 1,)."""
    around = np.lib.stride_tricks.sliding_window_view(samples, len(taps))[::step]
    kept: Samples = np.einsum("ij,j->i", around, taps)  # twice as fast as a matrix product: the rows overlap
    return kept


def smooth(values: npt.NDArray[Number], window: Samples) -> npt.NDArray[Number]:
    """Return the sums of `values` weighted by a symmetric window: (len(values) - len(window) + 1,)."""
    size = scipy.fft.next_fast_len(len(values))
    spectrum = scipy.fft.fft(values, size) * scipy.fft.fft(window, size)
    # The first sums lack what comes before the values: the end is wrapped around to them.
    sums: npt.NDArray[Number] = scipy.fft.ifft(spectrum)[len(window) - 1 : len(values)]
    return sums


class HighPassSection:
    """A Butterworth high-pass of second order, for a stream; it starts as if its first value had been constant before.

    What it returned before enters into what it returns: a triangular system of equations with two bands below its diagonal.
    """

    def __init__(self, corner: float, sample_rate: int, longest: int) -> None:
        """`corner` in Hz; `longest`: the most values of a block."""
        k = math.tan(math.pi * corner / sample_rate)
        scale = 1 / (1 + math.sqrt(2) * k + k * k)
        self._scale = scale
        self._back = np.array([1.0, 2 * (k * k - 1) * scale, (1 - math.sqrt(2) * k + k * k) * scale])
        self._bands = np.empty((3, longest), order="F")
        self._bands[:] = self._back[:, None]
        self._input: Samples | None = None  # the last two values
        self._output = np.zeros(2)

    def process(self, samples: Samples, least: float) -> Samples:
        """Filter a block (n,), at least one value; returns the same shape. Outputs below `least` count as zero afterwards."""
        before = np.full(2, samples[0]) if self._input is None else self._input
        joined = np.concatenate((before, samples))
        free = self._scale * (joined[2:] - 2 * joined[1:-1] + joined[:-2])
        earlier, latest = self._output
        free[0] -= self._back[1] * latest + self._back[2] * earlier
        free[1:2] -= self._back[2] * latest
        out: Samples = blas.dtbsv(2, self._bands[:, : len(free)], free, lower=1, diag=1, overwrite_x=1)
        self._input, self._output = joined[-2:], np.concatenate((self._output, out))[-2:]
        self._output[np.abs(self._output) < least] = 0.0
        return out

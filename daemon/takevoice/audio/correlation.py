"""Normalised cross-correlation of two pictures, with means and energies of what overlaps at each lag."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.fft

Levels = npt.NDArray[np.float32]  # dB, shape (moments, bands)
Series = npt.NDArray[np.float64]

SHARE = 0.5  # of the first series that must overlap
FEWEST = 6  # moments that must overlap
LEAST_CHANGE = 0.5  # dB: standard deviation below which a level counts as constant
REFINED, TAPS = 10, 8  # steps per lag around a peak, and lags on each side that they are made of


@dataclass(frozen=True)
class Correlation:
    """`values` at the lags -reach to reach, 0 where too little overlaps; `moments` is how many overlap."""

    values: Series
    moments: Series

    @property
    def reach(self) -> int:
        """The greatest lag."""
        return len(self.values) // 2


def correlate(first: Levels, second: Levels, shift: int, reach: int) -> Correlation:
    """Correlate two series of levels.

    `second` begins `shift` moments after `first`; at the lag n, a moment of `first` is compared with the one n moments
    later in `second`. All bands count together, each around its own mean.
    """
    values, moments = np.zeros(2 * reach + 1), np.zeros(2 * reach + 1)
    lags = np.arange(-reach, reach + 1) - shift
    begin, end = np.maximum(0, -lags), np.minimum(len(first), len(second) - lags)
    enough = end - begin >= max(FEWEST, SHARE * len(first))
    if not enough.any():
        return Correlation(values, moments)
    lags, begin, end = lags[enough], begin[enough], end[enough]
    # One mean for all lags taken off here keeps the sums small; that of each lag comes off below.
    first, second = first - first.mean(axis=0), second - second.mean(axis=0)
    size = scipy.fft.next_fast_len(len(first) + len(second), real=True)
    spectrum = (np.conj(scipy.fft.rfft(first, size, axis=0)) * scipy.fft.rfft(second, size, axis=0)).sum(axis=1)
    products = scipy.fft.irfft(spectrum, size)[lags]
    number = end - begin
    sums, energy = _sums(first, begin, end, number)
    other_sums, other_energy = _sums(second, begin + lags, end + lags, number)
    covariance = products - (sums * other_sums).sum(axis=1) / number
    least = number * first.shape[1] * LEAST_CHANGE**2
    values[enough] = covariance / np.sqrt(np.maximum(energy, least) * np.maximum(other_energy, least))
    moments[enough] = number
    return Correlation(values, moments)


def _sums(
    levels: Levels, begin: npt.NDArray[np.int64], end: npt.NDArray[np.int64], number: npt.NDArray[np.int64]
) -> tuple[Series, Series]:
    """Return the sum of each band (ranges, bands), and the energy around the means (ranges,), of ranges of moments."""
    sums = _running(levels)[end] - _running(levels)[begin]
    squares = _running((levels * levels).sum(axis=1, keepdims=True))[:, 0]
    return sums, squares[end] - squares[begin] - (sums * sums).sum(axis=1) / number


def _running(values: Levels) -> Series:
    return np.concatenate((np.zeros((1, values.shape[1])), np.cumsum(values, axis=0, dtype=np.float64)))


def refine(values: Series, at: int) -> float:
    """Return the lag of the peak near the index `at`, in fractions of a lag, relative to `at`.

    The values are those of a band-limited function: it is interpolated, then a parabola gives the peak. Where the values
    rise on, there is none: the result is then near 1 or -1.
    """
    if not TAPS <= at < len(values) - TAPS:
        return _parabola(*values[at - 1 : at + 2]) if 0 < at < len(values) - 1 else 0.0
    fine: Series = _INTERPOLATION @ values[at - TAPS : at + TAPS + 1]
    best = int(fine[1:-1].argmax()) + 1
    return (best - REFINED + _parabola(*fine[best - 1 : best + 2])) / REFINED


def _parabola(left: float, top: float, right: float) -> float:
    bend = left - 2 * top + right
    return float(np.clip(0.5 * (left - right) / bend, -1, 1)) if bend < 0 else float(np.sign(right - left))


def _interpolation() -> Series:
    """Return weights (2 * REFINED + 1, 2 * TAPS + 1) that give the values from one lag before to one after."""
    at = np.arange(-REFINED, REFINED + 1)[:, None] / REFINED - np.arange(-TAPS, TAPS + 1)
    weights: Series = np.sinc(at) * np.cos(np.pi * at / (2 * (TAPS + 1))) ** 2
    return weights


_INTERPOLATION = _interpolation()

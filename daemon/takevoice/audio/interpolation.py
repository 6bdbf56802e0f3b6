"""Resampling with numpy and scipy alone, for systems without soxr.

In two steps. A long linear-phase low-pass, applied by fast convolution, doubles the rate and removes what either rate
cannot hold. A short one then interpolates at any point in between: there, the spectrum is empty from a half to one and a
half of the Nyquist frequency, so a few taps are enough. The coefficients of the short one are polynomials of the
position between two samples (Farrow 1988), so the ratio of the rates can be any number.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.signal import firwin, kaiser_beta, oaconvolve

PASSBAND = 0.913  # of the lower Nyquist frequency, as in soxr's HQ and VHQ; the stopband begins at 1
ATTENUATION = 145.0  # dB, of both filters
TAPS = 20  # of the short filter, in samples at twice the rate
DEGREE = 11  # of its polynomials
POINTS = 4096  # output frames that are interpolated at a time

Blocks = npt.NDArray[Any]  # float32 or float64: (frames,) or (frames, channels)
Doubles = npt.NDArray[np.float64]


class InterpolatingResampler:
    """Resamples blocks of a stream without seams and without delay; see `takevoice.audio.resampling.Resampler`."""

    def __init__(self, source_rate: float, target_rate: float, channels: int) -> None:
        self._channels = channels
        # Exact: a float is a fraction, too.
        self._step = 2 * Fraction(source_rate) / Fraction(target_rate)
        self._even, self._odd = _doubling_filter(min(1.0, target_rate / source_rate))
        self._reach = len(self._even) // 2
        self._received = 0
        # Input that is still needed. What comes before the stream is silence.
        self._input = np.zeros((self._reach + TAPS, channels))
        # Doubled input from frame `_doubled_start` of the stream on.
        self._doubled = np.zeros((0, channels))
        self._doubled_start = -2 * TAPS
        self._written = 0

    def process(self, samples: Blocks, last: bool = False) -> Blocks:
        """Return the frames that `samples` complete, or all that remain if `last` is true."""
        block = samples.reshape(len(samples), self._channels).astype(np.float64, copy=False)
        self._received += len(block)
        if last:
            block = np.concatenate([block, np.zeros((self._reach + TAPS, self._channels))])
        self._double(block)
        stop = self._last_frame() if last else self._complete_frames()
        pieces = [self._interpolate(at, min(at + POINTS, stop)) for at in range(self._written, stop, POINTS)]
        out = np.concatenate([np.zeros((0, self._channels)), *pieces])
        self._written = max(self._written, stop)
        self._forget()
        return out.reshape(len(out), *samples.shape[1:]).astype(samples.dtype, copy=False)

    def _last_frame(self) -> int:
        """Return the number of frames of the whole output: that of the input times the ratio, rounded."""
        return math.floor(2 * self._received / self._step + Fraction(1, 2))

    def _complete_frames(self) -> int:
        """Return the number of output frames for which the short filter has all its input."""
        known = self._doubled_start + len(self._doubled) - TAPS // 2
        return max(0, math.ceil(known / self._step))

    def _double(self, block: Doubles) -> None:
        """Append `block` at twice its rate."""
        self._input = np.concatenate([self._input, block])
        new = len(self._input) - 2 * self._reach
        if new <= 0:
            return
        doubled = np.empty((2 * new, self._channels))
        doubled[0::2] = oaconvolve(self._input, self._even[:, None], "valid", axes=0)
        doubled[1::2] = oaconvolve(self._input[1:], self._odd[:, None], "valid", axes=0)
        self._doubled = np.concatenate([self._doubled, doubled])
        self._input = self._input[new:]

    def _interpolate(self, start: int, stop: int) -> Doubles:
        """Return the output frames from `start` to `stop`: (frames, channels)."""
        # Exact for the first frame; within a block, rounding is far below the attenuation.
        first = start * self._step
        whole = math.floor(first)
        position = float(first - whole) + np.arange(stop - start) * float(self._step)
        at = np.floor(position).astype(np.int64)
        windows = np.lib.stride_tricks.sliding_window_view(self._doubled, TAPS, axis=0)
        around = windows[at + (whole - self._doubled_start - TAPS // 2 + 1)].reshape(-1, TAPS)
        # (powers, taps) times (taps, frames * channels)
        parts = _farrow_coefficients() @ around.T
        between = np.repeat(2 * (position - at) - 1, self._channels)
        out = parts[DEGREE]
        for power in range(DEGREE - 1, -1, -1):
            out *= between
            out += parts[power]
        frames: Doubles = out.reshape(-1, self._channels)
        return frames

    def _forget(self) -> None:
        """Drop the doubled input that no later frame needs."""
        needed = math.floor(self._written * self._step) - TAPS // 2
        drop = min(needed - self._doubled_start, len(self._doubled))
        if drop > 0:
            self._doubled = self._doubled[drop:].copy()
            self._doubled_start += drop


@cache
def _doubling_filter(ratio: float) -> tuple[Doubles, Doubles]:
    """Return the taps at the input's frames and between them, for a cut-off below `ratio` of its Nyquist frequency."""
    # In shares of the Nyquist frequency of the doubled rate.
    width = (1 - PASSBAND) * ratio / 2
    taps = math.ceil((ATTENUATION - 7.95) / (2.285 * math.pi * width)) // 4 * 4 + 5
    cutoff = ratio / 2 - width / 2
    both = 2 * firwin(taps, cutoff, window=("kaiser", kaiser_beta(ATTENUATION)))
    return both[0::2].copy(), both[1::2].copy()


@cache
def _farrow_coefficients() -> Doubles:
    """Return the polynomials of a Kaiser-windowed sinc: (DEGREE + 1, TAPS).

    Row k is for the k-th power of 2 t - 1; t, from 0 to 1, is the position between the two middle taps.
    """
    nodes = np.polynomial.chebyshev.chebpts1(4 * DEGREE)
    times = np.arange(TAPS)[:, None] - (TAPS // 2 - 1) - (nodes + 1) / 2
    window = np.i0(kaiser_beta(ATTENUATION) * np.sqrt(np.maximum(0, 1 - (times / (TAPS / 2)) ** 2)))
    kernel = np.sinc(times) * window / np.i0(kaiser_beta(ATTENUATION))
    coefficients = np.polynomial.polynomial.polyfit(nodes, kernel.T, DEGREE)
    return np.ascontiguousarray(coefficients, np.float64)

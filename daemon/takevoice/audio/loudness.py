"""Integrated loudness and true peak, measured block by block (ITU-R BS.1770-5, EBU R 128)."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.signal

from takevoice.audio.sample_formats import Samples

ABSOLUTE_GATE = -70.0  # LUFS
RELATIVE_GATE = -10.0  # LU, relative to the loudness of the blocks that pass the absolute gate
_HOP = 0.1  # seconds: blocks of 400 ms overlap by three quarters
_OVERSAMPLED = 192_000  # Hz: the lowest rate at which true peaks are measured
_REACH = 12  # samples on each side that are used to interpolate a gap
_BATCH = 16_384  # gaps that are interpolated at once


@dataclass(frozen=True)
class Loudness:
    """Integrated loudness in LUFS, -inf if no block passes the gates, and true peak in dBTP."""

    lufs: float
    peak: float


class Meter:
    """Measures audio that arrives in blocks of shape (frames, channels).

    All channels have the same weight, since the channels of a take are not a surround layout. Audio of less than 400 ms
    is measured as one block.
    """

    def __init__(self, sample_rate: int, channels: int, copies: Samples | None = None) -> None:
        """Measure the audio itself, or, with the gains `copies` of shape (channels, outputs), the outputs it is copied to."""
        gains = np.eye(channels) if copies is None else copies
        self._powers, self._peaks = (gains**2).sum(axis=1), np.abs(gains).max(axis=1, initial=0)
        self._shelf, self._high_pass = k_weighting(sample_rate)
        self._states = [np.zeros((2, channels)), np.zeros((2, channels))]
        self._hop = max(1, round(_HOP * sample_rate))
        self._rest = np.zeros(0)
        self._hops: list[npt.NDArray[np.float64]] = []
        self._peak = _Peak(sample_rate, channels)

    def feed(self, block: Samples) -> None:
        """Measure the next frames."""
        self._peak.feed(block * self._peaks)
        shelved, self._states[0] = scipy.signal.lfilter(*self._shelf, block, axis=0, zi=self._states[0])
        weighted, self._states[1] = scipy.signal.lfilter(
            *self._high_pass, shelved, axis=0, zi=self._states[1]
        )
        power = np.concatenate((self._rest, (weighted * weighted) @ self._powers))
        whole = len(power) // self._hop * self._hop
        self._hops.append(power[:whole].reshape(-1, self._hop).mean(axis=1))
        self._rest = power[whole:]

    def result(self) -> Loudness:
        """Return the loudness and peak of all frames so far."""
        hops = np.concatenate(self._hops) if self._hops else np.zeros(0)
        if len(hops) >= 4:
            powers = np.convolve(hops, np.full(4, 0.25), "valid")
        else:
            shares = [*np.full(len(hops), float(self._hop)), float(len(self._rest))]
            values = [*hops, self._rest.mean() if len(self._rest) else 0.0]
            powers = np.array([np.average(values, weights=shares)]) if sum(shares) else np.zeros(1)
        return Loudness(_gated(powers), self._peak.dbtp())


def _lufs(power: float) -> float:
    return -0.691 + 10 * math.log10(power) if power > 0 else -math.inf


def _gated(powers: npt.NDArray[np.float64]) -> float:
    """Return the loudness of block powers after the two gates of BS.1770-5, annex 1."""
    loud = powers[powers > 10 ** ((ABSOLUTE_GATE + 0.691) / 10)]
    if not len(loud):
        return -math.inf
    threshold = 10 ** ((_lufs(float(loud.mean())) + RELATIVE_GATE + 0.691) / 10)
    return _lufs(float(loud[loud > threshold].mean()))


def k_weighting(
    sample_rate: int,
) -> tuple[tuple[Samples, Samples], tuple[Samples, Samples]]:
    """Return the two filters of BS.1770-5, each as (b, a), for any sample rate.

    The standard defines them at 48 kHz only. These are bilinear transforms of analogue filters whose parameters reproduce
    the coefficients of the standard at 48 kHz.
    """
    gain, q, corner = 3.999843853973347, 0.7071752369554196, 1681.974450955533
    k = math.tan(math.pi * min(corner / sample_rate, 0.49))
    high = 10 ** (gain / 20)
    band = high**0.4996667741545416
    a0 = 1 + k / q + k * k
    shelf = (
        np.array([high + band * k / q + k * k, 2 * (k * k - high), high - band * k / q + k * k]) / a0,
        np.array([a0, 2 * (k * k - 1), 1 - k / q + k * k]) / a0,
    )
    q, corner = 0.5003270373238773, 38.13547087602444
    k = math.tan(math.pi * corner / sample_rate)
    a0 = 1 + k / q + k * k
    high_pass = (np.array([1.0, -2.0, 1.0]), np.array([a0, 2 * (k * k - 1), 1 - k / q + k * k]) / a0)
    return shelf, high_pass


@functools.cache
def _interpolation(factor: int) -> Samples:
    """Return the weights, (2 * _REACH, factor - 1), that interpolate the values in a gap: a Kaiser-windowed sinc."""
    at = np.arange(1, factor)[:, None] / factor + np.arange(_REACH - 1, -_REACH - 1, -1)
    window = np.i0(8.0 * np.sqrt(1 - (at / (_REACH + 1)) ** 2)) / np.i0(8.0)
    kernel: Samples = (np.sinc(at) * window).T
    return kernel


class _Peak:
    """The true peak: the highest value at 192 kHz or more, as in BS.1770-5, annex 2."""

    def __init__(self, sample_rate: int, channels: int) -> None:
        self._kernel = _interpolation(2 ** max(0, math.ceil(math.log2(_OVERSAMPLED / sample_rate))))
        self._tail = np.zeros((2 * _REACH, channels))
        self._highest = 0.0

    def feed(self, block: Samples) -> None:
        if not len(block):
            return
        self._highest = max(self._highest, float(np.abs(block).max()))
        if not self._kernel.size:
            return
        joined = np.concatenate((self._tail, block))
        self._tail = joined[-len(self._tail) :]
        # Only gaps next to samples near the highest value so far can exceed it: the others are skipped.
        levels = np.abs(joined)
        near = (
            np.maximum(levels[_REACH - 1 : -_REACH], levels[_REACH : -_REACH + 1 or None])
            > 0.5 * self._highest
        )
        around = np.lib.stride_tricks.sliding_window_view(joined, 2 * _REACH, axis=0)[: len(near)]
        for start in range(0, len(near), _BATCH):
            gaps = around[start : start + _BATCH][near[start : start + _BATCH]]
            self._highest = max(self._highest, float(np.abs(gaps @ self._kernel).max(initial=0)))

    def dbtp(self) -> float:
        self.feed(np.zeros_like(self._tail))
        return 20 * math.log10(self._highest) if self._highest > 0 else -math.inf

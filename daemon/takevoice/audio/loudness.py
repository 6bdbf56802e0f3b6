"""Integrated loudness and true peak, measured block by block (ITU-R BS.1770-5, EBU R 128)."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.signal

from takevoice.audio.takes import Samples

ABSOLUTE_GATE = -70.0  # LUFS
RELATIVE_GATE = -10.0  # LU below the loudness of what passes the absolute gate
_HOP = 0.1  # seconds: blocks of 400 ms overlap by three quarters
_OVERSAMPLED = 192_000  # Hz, at least, where peaks between samples are looked for
_REACH = 12  # samples on each side of a gap that tell what is in it
_PART = 16_384  # gaps at a time


@dataclass(frozen=True)
class Loudness:
    """`lufs` integrated, -inf where nothing passes the gates; `peak` in dBTP."""

    lufs: float
    peak: float


class Meter:
    """Measures audio that is fed in blocks of shape (frames, channels).

    All channels weigh the same: a take's channels are no surround layout. What is shorter than 400 ms counts as one
    block.
    """

    def __init__(self, sample_rate: int, channels: int, copies: Samples | None = None) -> None:
        """`copies`, (channels, outputs): the gains with which each channel is heard on several; measured is that."""
        gains = np.eye(channels) if copies is None else copies
        self._powers, self._peaks = (gains**2).sum(axis=1), np.abs(gains).max(axis=1, initial=0)
        self._shelf, self._high_pass = k_weighting(sample_rate)
        self._states = [np.zeros((2, channels)), np.zeros((2, channels))]
        self._hop = max(1, round(_HOP * sample_rate))
        self._rest = np.zeros(0)
        self._hops: list[npt.NDArray[np.float64]] = []
        self._peak = _Peak(sample_rate, channels)

    def feed(self, block: Samples) -> None:
        """The next frames."""
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
        """Of everything fed so far."""
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
    """The two gates of BS.1770-5, annex 1."""
    loud = powers[powers > 10 ** ((ABSOLUTE_GATE + 0.691) / 10)]
    if not len(loud):
        return -math.inf
    threshold = 10 ** ((_lufs(float(loud.mean())) + RELATIVE_GATE + 0.691) / 10)
    return _lufs(float(loud[loud > threshold].mean()))


def k_weighting(
    sample_rate: int,
) -> tuple[tuple[Samples, Samples], tuple[Samples, Samples]]:
    """The two filters, each (b, a), of BS.1770-5 for any rate.

    The standard gives them at 48 kHz; these are the analogue filters behind those figures (the parameters are those that
    bring the standard's coefficients back at 48 kHz), through the bilinear transform.
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
def _between(factor: int) -> Samples:
    """(2 * _REACH, factor - 1): how the samples around a gap weigh in the values that divide it; a Kaiser-windowed sinc."""
    at = np.arange(1, factor)[:, None] / factor + np.arange(_REACH - 1, -_REACH - 1, -1)
    window = np.i0(8.0 * np.sqrt(1 - (at / (_REACH + 1)) ** 2)) / np.i0(8.0)
    kernel: Samples = (np.sinc(at) * window).T
    return kernel


class _Peak:
    """The highest value between and on the samples: oversampled to 192 kHz or more, as BS.1770-5, annex 2."""

    def __init__(self, sample_rate: int, channels: int) -> None:
        self._kernel = _between(2 ** max(0, math.ceil(math.log2(_OVERSAMPLED / sample_rate))))
        self._tail = np.zeros((2 * _REACH, channels))
        self._most = 0.0

    def feed(self, block: Samples) -> None:
        if not len(block):
            return
        self._most = max(self._most, float(np.abs(block).max()))
        if not self._kernel.size:
            return
        joined = np.concatenate((self._tail, block))
        self._tail = joined[-len(self._tail) :]
        # Only what is between samples near the highest so far can be higher: a few gaps, not all of them.
        levels = np.abs(joined)
        near = (
            np.maximum(levels[_REACH - 1 : -_REACH], levels[_REACH : -_REACH + 1 or None]) > 0.5 * self._most
        )
        around = np.lib.stride_tricks.sliding_window_view(joined, 2 * _REACH, axis=0)[: len(near)]
        for start in range(0, len(near), _PART):
            gaps = around[start : start + _PART][near[start : start + _PART]]
            self._most = max(self._most, float(np.abs(gaps @ self._kernel).max(initial=0)))

    def dbtp(self) -> float:
        self.feed(np.zeros_like(self._tail))
        return 20 * math.log10(self._most) if self._most > 0 else -math.inf

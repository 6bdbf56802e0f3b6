"""Integrated loudness and true peak, measured block by block (ITU-R BS.1770-5, EBU R 128)."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from takevoice.audio.k_weighting import KWeighting
from takevoice.audio.sample_formats import Samples

ABSOLUTE_GATE = -70.0  # LUFS
RELATIVE_GATE = -10.0  # LU, relative to the loudness of the blocks that pass the absolute gate
_HOP = 0.1  # seconds: blocks of 400 ms overlap by three quarters
_STEP = 1.0  # seconds that are filtered at once
_OVERSAMPLED = 192_000  # Hz: the lowest rate at which true peaks are measured
_REACH = 12  # samples on each side that are used to interpolate a gap
_BATCH = 16_384  # gaps that are interpolated at once


@dataclass(frozen=True)
class Loudness:
    """Integrated loudness in LUFS, -inf if no block passes the gates; true peak in dBTP and highest sample in dBFS."""

    lufs: float
    peak: float
    sample_peak: float = -math.inf


@dataclass(frozen=True)
class ChannelLevels:
    """What a meter has measured, by channel: from it follows the loudness of any choice of channels."""

    powers: Samples  # (blocks, channels): mean square of the weighted audio in 400 ms, every 100 ms
    true_peaks: Samples  # (channels,), amplitudes
    sample_peaks: Samples  # (channels,), amplitudes

    def loudness(self, channels: Sequence[int] | None = None) -> Loudness:
        """Return the loudness and the peaks of these channels together; None: of all."""
        chosen = slice(None) if channels is None else list(channels)
        peak, highest = (peaks[chosen].max(initial=0) for peaks in (self.true_peaks, self.sample_peaks))
        return Loudness(_gated(self.powers[:, chosen].sum(axis=1)), decibels(peak), decibels(highest))

    def amplified(self, factors: Samples) -> ChannelLevels:
        """Return the levels of the same audio with each channel multiplied by its factor, (channels,)."""
        return ChannelLevels(
            self.powers * factors**2, self.true_peaks * abs(factors), self.sample_peaks * abs(factors)
        )


class Meter:
    """Measures audio that arrives in blocks of shape (frames, channels), full scale at 1.0.

    Audio of less than 400 ms is measured as one block.
    """

    def __init__(self, sample_rate: int, channels: int, weights: Samples | None = None) -> None:
        """Measure with the weight of each channel's power (BS.1770-5, annex 1, table 4); None: 1 for every channel."""
        self._weights = np.ones(channels) if weights is None else weights
        self._weighting = KWeighting(sample_rate, channels)
        self._step = max(1, round(_STEP * sample_rate))
        self._hop = max(1, round(_HOP * sample_rate))
        self._rest = np.zeros((channels, 0))
        self._hops: list[npt.NDArray[np.float64]] = []
        self._peaks = [_Peak(sample_rate) for _ in range(channels)]

    def feed(self, block: npt.NDArray[np.floating]) -> None:
        """Measure the next frames."""
        for start in range(0, len(block), self._step):
            channels = np.ascontiguousarray(block[start : start + self._step].T)
            for samples, peak in zip(channels, self._peaks, strict=True):
                peak.feed(samples)
            self._add(self._power(channels))

    def _power(self, channels: npt.NDArray[np.floating]) -> Samples:
        """Return the power of each frame after the weighting by frequency, (channels, frames)."""
        if self._weighting.is_at_rest() and not channels.any():
            return np.zeros(channels.shape)
        weighted = self._weighting.weight(channels).astype(np.float64)
        power: Samples = np.multiply(weighted, weighted, out=weighted)
        return power

    def _add(self, power: Samples) -> None:
        if self._rest.shape[1]:
            power = np.concatenate((self._rest, power), axis=1)
        whole = power.shape[1] // self._hop * self._hop
        self._hops.append(power[:, :whole].reshape(len(power), -1, self._hop).mean(axis=2).T)
        self._rest = power[:, whole:]

    def result(self) -> ChannelLevels:
        """Return the levels of all frames so far."""
        return ChannelLevels(
            self._block_powers() * self._weights,
            np.array([peak.true_peak() for peak in self._peaks]),
            np.array([peak.highest_sample for peak in self._peaks]),
        )

    def _block_powers(self) -> Samples:
        hops = np.concatenate([np.zeros((0, len(self._peaks))), *self._hops])
        if len(hops) >= 4:
            blocks: Samples = (hops[:-3] + hops[1:-2] + hops[2:-1] + hops[3:]) / 4
            return blocks
        frames = len(hops) * self._hop + self._rest.shape[1]
        total = hops.sum(axis=0) * self._hop + self._rest.sum(axis=1)
        whole: Samples = (total / max(1, frames))[None]
        return whole


def decibels(value: float) -> float:
    """Return an amplitude in dB; -inf for 0."""
    return 20 * math.log10(value) if value > 0 else -math.inf


def _lufs(power: float) -> float:
    return -0.691 + 10 * math.log10(power) if power > 0 else -math.inf


def _gated(powers: npt.NDArray[np.float64]) -> float:
    """Return the loudness of block powers after the two gates of BS.1770-5, annex 1."""
    loud = powers[powers > 10 ** ((ABSOLUTE_GATE + 0.691) / 10)]
    if not len(loud):
        return -math.inf
    threshold = 10 ** ((_lufs(float(loud.mean())) + RELATIVE_GATE + 0.691) / 10)
    return _lufs(float(loud[loud > threshold].mean()))


@functools.cache
def _interpolation(factor: int) -> npt.NDArray[np.float32]:
    """Return the weights, (2 * _REACH, factor - 1), that interpolate the values in a gap: a Kaiser-windowed sinc."""
    at = np.arange(1, factor)[:, None] / factor + np.arange(_REACH - 1, -_REACH - 1, -1)
    window = np.i0(8.0 * np.sqrt(1 - (at / (_REACH + 1)) ** 2)) / np.i0(8.0)
    return np.ascontiguousarray((np.sinc(at) * window).T, np.float32)


class _Peak:
    """The true peak of one channel: the highest value at 192 kHz or more, as in BS.1770-5, annex 2."""

    def __init__(self, sample_rate: int) -> None:
        self._kernel = _interpolation(2 ** max(0, math.ceil(math.log2(_OVERSAMPLED / sample_rate))))
        self._tail = np.zeros(2 * _REACH, np.float32)
        self.highest_sample = 0.0
        self._between = 0.0

    def feed(self, samples: npt.NDArray[np.floating]) -> None:
        """Measure the next samples, (frames,)."""
        if not len(samples):
            return
        joined = np.concatenate((self._tail, samples.astype(np.float32, copy=False)))
        self._tail = joined[-len(self._tail) :]
        levels = np.abs(joined)
        self.highest_sample = max(self.highest_sample, float(levels[len(self._tail) :].max()))
        if not self._kernel.size or not self.highest_sample:
            return
        # Only gaps next to samples near the highest value so far can exceed it: the others are skipped.
        high = levels > 0.5 * max(self.highest_sample, self._between)
        near = np.flatnonzero(high[_REACH - 1 : -_REACH] | high[_REACH : -_REACH + 1])
        around = np.lib.stride_tricks.sliding_window_view(joined, 2 * _REACH)
        for start in range(0, len(near), _BATCH):
            between = around[near[start : start + _BATCH]] @ self._kernel
            self._between = max(self._between, float(np.abs(between).max()))

    def true_peak(self) -> float:
        """Return the true peak of all samples so far, as an amplitude."""
        highest = self.highest_sample
        self.feed(np.zeros(2 * _REACH, np.float32))
        self.highest_sample = highest
        return max(highest, self._between)

"""Reduction of background noise by up to 15 dB. The noise is learned from quiet parts of the take first.

The gain is the log-spectral amplitude estimator of Ephraim and Malah (1985), decision-directed.
"""

from __future__ import annotations

import numpy as np
from scipy.special import exp1

from takevoice_plugins.local.arrays import Samples, SlidingBuffer

WINDOW = 0.032  # seconds, approximately
OVERLAP = 4  # windows that cover each sample
FLOOR = 10 ** (-15 / 20)  # gain; any lower, and the residual noise sounds musical
MEMORY = 0.98  # of the decision-directed a-priori SNR
QUIET = 0.12  # share of the frames, the quietest ones, that count as noise
MAX_SNR = 1e3
TINY = 1e-12
_V = np.logspace(-4, 2, 600)
_GAIN = np.exp(0.5 * exp1(_V))


def _size(sample_rate: int) -> int:
    return 1 << int(np.ceil(np.log2(sample_rate * WINDOW * 0.75)))


def _frames(samples: Samples, size: int) -> Samples:
    """Return windowed frames (n, size) that start size / OVERLAP samples apart."""
    window = np.sqrt(np.hanning(size + 1)[:-1])
    step = size // OVERLAP
    frames: Samples = np.lib.stride_tricks.sliding_window_view(samples, size)[::step] * window
    return frames


def learn_noise(samples: Samples, sample_rate: int) -> Samples:
    """Estimate the power spectrum of the noise from the quietest frames that are not digital silence."""
    size = _size(sample_rate)
    samples = np.pad(samples, (0, max(0, size - len(samples))))
    block = 256 * size // OVERLAP
    powers = [
        np.abs(np.fft.rfft(_frames(samples[start : start + block + size], size), axis=1)) ** 2
        for start in range(0, max(1, len(samples) - size), block)
    ]
    power = np.concatenate(powers)
    power = power[power.sum(axis=1) > TINY]
    if not len(power):
        return np.full(size // 2 + 1, TINY)
    loudness = np.log(power + TINY).mean(axis=1)
    noise: Samples = power[loudness <= np.quantile(loudness, QUIET)].mean(axis=0) + TINY
    return noise


class Denoiser:
    """Removes noise from blocks of samples; the output has the same total length and is one window late."""

    def __init__(self, sample_rate: int, noise: Samples) -> None:
        self._size = _size(sample_rate)
        self._step = self._size // OVERLAP
        self._noise = noise
        self._window = np.sqrt(np.hanning(self._size + 1)[:-1])
        self._scale = float((self._window**2).reshape(OVERLAP, -1).sum(axis=0).mean())
        self._input = SlidingBuffer(np.float64)
        self._out = SlidingBuffer(np.float64)
        self._next = -self._size + self._step  # start of the next frame, in samples
        self._given = 0
        self._speech: Samples | None = None  # estimated power in the previous frame

    def process(self, samples: Samples, last: bool = False) -> Samples:
        """Denoise a block (n,).

        Return the samples that are ready, or all remaining ones after the last block.
        """
        self._input.append(samples)
        end = self._input.stop
        latest = end if last else end - self._size
        count = max(0, (latest - self._next) // self._step + 1)
        if count:
            reach = self._next + (count - 1) * self._step + self._size
            spectrum = np.fft.rfft(_frames(self._input.cut(self._next, reach), self._size), axis=1)
            spectrum *= self._gains(np.abs(spectrum) ** 2)
            frames = np.fft.irfft(spectrum, self._size, axis=1) * (self._window / self._scale)
            for frame in frames:
                self._out.add(self._next, frame)
                self._next += self._step
            self._input.forget(self._next)
        ready = end if last else min(end, self._next)
        if ready <= self._given:
            return np.zeros(0)
        out = self._out.cut(self._given, ready).copy()
        self._given = ready
        self._out.forget(ready)
        return out

    def _gains(self, power: Samples) -> Samples:
        """Return the gain of each bin for frames of `power` (n, bins): same shape."""
        gains = np.empty_like(power)
        for row, now in enumerate(power):
            posterior = np.minimum(now / self._noise, MAX_SNR)
            fresh = np.maximum(posterior - 1, 0)
            prior = (
                fresh if self._speech is None else MEMORY * self._speech / self._noise + (1 - MEMORY) * fresh
            )
            prior = np.maximum(prior, FLOOR**2 / 2)
            share = prior / (1 + prior)
            gain = np.minimum(share * np.interp(share * posterior, _V, _GAIN), 1.0)
            self._speech = gain**2 * now
            gains[row] = np.maximum(gain, FLOOR)
        return gains

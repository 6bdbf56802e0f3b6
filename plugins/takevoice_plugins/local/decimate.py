"""Decimation to a rate at which pitch tracking is cheap, without delay."""

from __future__ import annotations

import numpy as np

from takevoice_plugins.local.arrays import Samples, SlidingBuffer
from takevoice_plugins.local.filters import every_nth, low_pass

TAPS_PER_STEP = 24
PASSBAND = 0.9  # of the new Nyquist frequency


class Decimator:
    """Keeps every n-th sample after a linear-phase low-pass.

    Output sample i is at input sample i * `step`.
    """

    def __init__(self, sample_rate: int, target: float = 12_000.0) -> None:
        self.step = max(1, round(sample_rate / target))
        self.rate = sample_rate / self.step  # Hz
        self._taps = low_pass(TAPS_PER_STEP * self.step + 1, PASSBAND / self.step)
        self._half = (len(self._taps) - 1) // 2
        self._input = SlidingBuffer(np.float64)
        self._next = 0

    def process(self, samples: Samples, last: bool = False) -> Samples:
        """Filter a block (n,); return the output samples whose surroundings are complete."""
        if self.step == 1:
            return samples
        self._input.append(samples)
        known = self._input.stop - (0 if last else self._half)
        stop = -(-known // self.step)
        if stop <= self._next:
            return np.zeros(0)
        first = self._next * self.step - self._half
        around = self._input.cut(first, (stop - 1) * self.step + self._half + 1)
        out = every_nth(around, self._taps, self.step)
        self._next = stop
        self._input.forget(stop * self.step - self._half)
        return out

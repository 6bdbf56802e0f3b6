"""Long takes in overlapping windows: each has sound to both sides of what is kept of it, and neighbours are faded into each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from takevoice_plugins.local.arrays import Samples, SlidingBuffer

CORE = 10.0  # seconds that are kept of a window
FADE = 4  # frames to each side of a seam
SHORTEST = 32  # frames of a window


@dataclass(frozen=True)
class Window:
    """Samples of a multiple of `hop`; `first` is the number of the first frame, `start` and `stop` those of what is kept."""

    samples: Samples
    first: int
    start: int
    stop: int
    last: bool


class Windows:
    """Cuts a stream of samples at the model's rate to windows; `context`: frames that the model needs to each side."""

    def __init__(self, rate: int, hop: int, context: int) -> None:
        self._hop, self._around = hop, context + FADE
        self._core = max(2 * FADE, round(CORE * rate / hop))
        self._sound = SlidingBuffer(np.float64)
        self._number = 0

    def feed(self, samples: Samples, last: bool) -> Iterator[Window]:
        """Yield the windows that are complete after the next samples; after the last ones all, the end filled with zeros."""
        self._sound.append(samples)
        frames = self._sound.stop // self._hop
        if last:
            frames = max(SHORTEST, -(-self._sound.stop // self._hop))
        while True:
            start, stop = self._number * self._core, (self._number + 1) * self._core
            if not last and frames < stop + self._around:
                return
            ends = last and frames <= stop + FADE
            yield self._cut(start, frames if ends else stop, frames, ends)
            self._number += 1
            if ends:
                return
            self._sound.forget((stop - self._around) * self._hop)

    def _cut(self, start: int, stop: int, frames: int, last: bool) -> Window:
        first, end = max(0, start - self._around), min(frames, stop + self._around)
        return Window(self._sound.cut(first * self._hop, end * self._hop).copy(), first, start, stop, last)


class Seams:
    """Joins converted windows to one stream."""

    def __init__(self, hop: int) -> None:
        self._hop = hop
        self._out = SlidingBuffer(np.float64)
        self._ramp = 0.5 - 0.5 * np.cos(np.pi * (np.arange(2 * FADE * hop) + 0.5) / (2 * FADE * hop))

    def add(self, window: Window, converted: Samples) -> Samples:
        """Return the samples that are ready after a window, of which `converted` has as many as `window.samples`."""
        fade = FADE * self._hop
        start = 0 if window.start == 0 else window.start * self._hop - fade
        stop = window.stop * self._hop + (0 if window.last else fade)
        offset = window.first * self._hop
        piece = converted[start - offset : stop - offset].copy()
        if window.start:
            piece[: 2 * fade] *= self._ramp
        if not window.last:
            piece[-2 * fade :] *= self._ramp[::-1]
        begun = self._out.start
        self._out.add(start, piece)
        ready = stop if window.last else stop - 2 * fade
        done = self._out.cut(begun, ready).copy()
        self._out.forget(ready)
        return done

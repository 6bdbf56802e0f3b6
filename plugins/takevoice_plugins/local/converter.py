"""Streaming voice conversion: pitch marks, grains, timbre, overlap-add.

A neutral recipe returns the input.
"""

from __future__ import annotations

import numpy as np

from takevoice import make_resampler
from takevoice_plugins.local.arrays import Ints, Samples, Singles, SlidingBuffer
from takevoice_plugins.local.blend import Blend, plan_blend
from takevoice_plugins.local.contour import Contour
from takevoice_plugins.local.grains import Grains, cut_grains
from takevoice_plugins.local.marks import TIME, KnownMarks, MarkStream
from takevoice_plugins.local.mel import MelBands, fft_size
from takevoice_plugins.local.recipe import Recipe
from takevoice_plugins.local.register import ANYONE, Register
from takevoice_plugins.local.schedule import Placed, Schedule
from takevoice_plugins.local.spectra import log_power_at
from takevoice_plugins.local.timbre import Timbre

UNCHANGED = 1e-4  # difference from 1 below which a formant factor does nothing
SHORTEST = 2.0  # samples in one half of a window
LOWER = 0.97  # factor for F0 below which periods are left out


class VoiceConverter:
    """Converts blocks of mono samples to blocks of the same total length, with a delay of up to half a second.

    `marks` (n, 3): the pitch marks of the whole take, if they are already known; else `register` helps to find them.
    """

    def __init__(
        self,
        sample_rate: int,
        recipe: Recipe,
        marks: Samples | None = None,
        register: Register = ANYONE,
    ) -> None:
        self._rate = sample_rate
        self._size = fft_size(sample_rate)
        self._marks = MarkStream(sample_rate, register) if marks is None else KnownMarks(marks, sample_rate)
        self._schedule = Schedule(Contour(recipe))
        self._factor = recipe.formant_factor if abs(recipe.formant_factor - 1) > UNCHANGED else 1.0
        self._squeeze = (
            make_resampler(self._factor * sample_rate, sample_rate) if self._factor != 1.0 else None
        )
        self._differential = recipe.differential
        self._timbre = (
            Timbre(sample_rate, recipe, recipe.differential) if recipe.differential is not None else None
        )
        self._noise = recipe.noise
        self._bands = MelBands(sample_rate, recipe.bands)
        self._sound = SlidingBuffer(np.float32)  # resampled to move the formants: `factor` times shorter
        self._out = SlidingBuffer(np.float64)
        self._taken = 0
        self._given = 0

    def process(self, samples: Samples, last: bool = False) -> Samples:
        """Convert a block (n,).

        Return the samples that are ready, or all remaining ones after the last block.
        """
        self._taken += len(samples)
        self._schedule.extend(self._marks.process(samples, last))
        self._sound.append(samples if self._squeeze is None else self._squeeze.process(samples, last))
        margin = np.inf if last else (self._sound.stop - self._size // 2) * self._factor / self._rate
        placed = self._schedule.advance(margin)
        if placed is not None:
            self._render(placed)
            self._schedule.forget()
            oldest = float(self._schedule.marks[0, TIME])
            self._sound.forget(int(oldest * self._rate / self._factor) - self._size)
        return self._finished(last)

    def _finished(self, last: bool) -> Samples:
        ready = self._taken if last else int(self._schedule.time * self._rate) - self._size // 2 - 2
        ready = min(ready, self._taken)
        if ready <= self._given:
            return np.zeros(0)
        out = self._out.cut(self._given, ready).copy()
        self._given = ready
        self._out.forget(ready)
        return out

    def _render(self, placed: Placed) -> None:
        """Add the placed grains to the output."""
        grains, centres = self._cut(placed)
        voiced = self._schedule.voiced[placed.mark]
        position = placed.time * self._rate
        at = np.rint(position).astype(np.int64)
        # More grains per second, or shorter ones, must not change the loudness.
        loudness = np.where(voiced, np.sqrt(self._factor / placed.ratio), 1.0)
        if self._timbre is None:
            self._add(at - grains.reach, grains.samples * loudness[:, None].astype(np.float32))
            return
        delay = (position - at) - (centres - grains.centre)
        change = self._timbre.changes(self._schedule.voiced, self._log_power(), placed.mark)
        if self._noise is not None:
            (other,) = np.nonzero(~voiced)
            change[other] *= self._noise.share(grains.level(self._rate / self._factor, other))[:, None]
        for rows, shapes in self._timbre.apply(grains, change, delay, loudness):
            self._add(at[rows] - shapes.shape[1] // 2, shapes)

    def _add(self, starts: Ints, shapes: Singles) -> None:
        length, first = shapes.shape[1], int(starts.min())
        together = np.zeros(int(starts.max()) - first + length)
        for start, shape in zip((starts - first).tolist(), shapes, strict=True):
            together[start : start + length] += shape
        given = max(0, self._given - first)
        self._out.add(first + given, together[given:])

    def _cut(self, placed: Placed) -> tuple[Grains, Samples]:
        """Return the grains, and their centres in samples of the resampled sound."""
        scale = self._rate / self._factor
        times, voiced, mark = self._schedule.marks[:, TIME], self._schedule.voiced, placed.mark
        centres = times[mark] * scale
        left = np.where(
            voiced[mark] & voiced[mark - 1], centres - times[mark - 1] * scale, placed.left * self._rate
        )
        right = np.where(
            voiced[mark] & voiced[mark + 1], times[mark + 1] * scale - centres, placed.right * self._rate
        )
        longest = self._size // 2 - 2
        left, right = (np.clip(side, SHORTEST, longest - 1) for side in (left, right))
        return cut_grains(self._sound, centres, left, right, self._blend(placed, scale)), centres

    def _blend(self, placed: Placed, rate: float) -> Blend | None:
        """Return how periods are blended where the pitch falls, for a sound of `rate` Hz."""
        lower = placed.ratio < LOWER
        if not lower.any():
            return None
        mark, voiced = placed.mark, self._schedule.voiced
        inside = lower & voiced[mark - 1] & voiced[mark] & voiced[mark + 1]
        return plan_blend(self._schedule.marks[:, TIME], mark, placed.time, inside, rate)

    def _log_power(self) -> Samples | None:
        """Return the log power of the bands at every mark of the schedule.

        None if the differential does not need it.
        """
        if self._differential is None or not self._differential.needs_bands:
            return None
        marks, scale = self._schedule.marks, self._rate / self._factor
        return log_power_at(self._sound, marks, slice(None), scale, self._size, self._bands)[0]

"""Pitch marks: one per period of the voice, where its energy peaks, and one every 5 ms elsewhere.

F0 alone gives marks the right spacing; where in the period they lie is the phase of the energy at that frequency.
Marks travel as rows of `TIME` (seconds), `F0` (Hz) and `VOICED` (1 or 0).
"""

from __future__ import annotations

import numpy as np
from scipy.signal import fftconvolve

from takevoice_plugins.local.arrays import Bools, Samples, Tape
from takevoice_plugins.local.decimate import Decimator
from takevoice_plugins.local.f0 import HOP, F0Tracker

TIME, F0, VOICED = 0, 1, 2
UNVOICED_RATE = 200.0  # marks per second where there is no pitch
SMOOTHING = 0.015  # seconds to each side over which the phase is averaged
PREEMPHASIS = 0.9
SHORTEST, LONGEST = 1 / 700, 1 / 50  # seconds between two marks


class PitchMarker:
    """Decimated samples and their F0 in, raw marks out."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._half = int(SMOOTHING * rate)
        window = np.hanning(2 * self._half + 3)[1:-1]
        self._window = window / window.sum()
        self._samples = Tape(np.float64)
        self._f0 = Tape(np.float64)
        self._energy = Tape(np.complex128)  # heterodyned down by the F0
        self._cycles = Tape(np.float64)  # phase of the F0, in periods
        self._frequency = Tape(np.float64)
        self._voiced = Tape(np.bool_)
        self._phase = 0.0  # periods
        self._offset = 0.0  # periods by which the energy peaks are late
        self._position = -0.5  # the last sample's place in periods; a mark lies at each whole number
        self._done = 0

    def push(self, samples: Samples, f0: Samples, final: bool = False) -> Samples:
        """The marks that are certain by now: shape (marks, 3)."""
        self._samples.append(samples)
        self._f0.append(f0)
        known = self._samples.stop if final else int((self._f0.stop - 1) * HOP * self._rate)
        known = min(known, self._samples.stop)
        if known > self._energy.stop and self._f0.stop > 0:
            self._heterodyne(self._energy.stop, known)
        ready = self._energy.stop - (0 if final else self._half)
        return self._crossings(ready) if ready > self._done else np.zeros((0, 3))

    def _heterodyne(self, start: int, stop: int) -> None:
        """Moves the energy of the voice at its F0 down to 0 Hz, where smoothing leaves its phase."""
        frequency, voiced = self._pitch(start, stop)
        cycles = self._phase + np.cumsum(frequency / self._rate)
        self._phase = float(cycles[-1])
        samples = self._samples.cut(start - 1, stop)
        energy = (samples[1:] - PREEMPHASIS * samples[:-1]) ** 2 * voiced
        self._energy.append(energy * np.exp(-2j * np.pi * cycles))
        self._cycles.append(cycles)
        self._frequency.append(frequency)
        self._voiced.append(voiced)
        self._samples.forget(stop - 1)
        self._f0.forget(int(stop / self._rate / HOP) - 2)

    def _pitch(self, start: int, stop: int) -> tuple[Samples, Bools]:
        """F0 in Hz and voicing at each sample, from the frames around it."""
        position = np.arange(start, stop) / self._rate / HOP + 1e-9
        first, end = self._f0.start, self._f0.stop
        frames = self._f0.cut(first, end)

        def at(index: Samples) -> Samples:
            return frames[np.clip(index.astype(np.int64), first, end - 1) - first]

        nearest = at(np.floor(position + 0.5))
        before, after = at(np.floor(position)), at(np.floor(position) + 1)
        part = position - np.floor(position)
        between = np.where((before > 0) & (after > 0), before * (1 - part) + after * part, nearest)
        return np.where(nearest > 0, between, UNVOICED_RATE), nearest > 0

    def _crossings(self, stop: int) -> Samples:
        """The marks up to the sample `stop`: where F0's phase, less that of the energy, passes a whole period."""
        start = self._done
        around = self._energy.cut(start - self._half, stop + self._half)
        smooth = fftconvolve(around, self._window, "valid")
        voiced, cycles = self._voiced.cut(start, stop), self._cycles.cut(start, stop)
        known = voiced & (np.abs(smooth) > 1e-18)
        latest = np.maximum.accumulate(np.where(known, np.arange(len(known)), -1))
        held = np.where(latest >= 0, -np.angle(smooth)[np.maximum(latest, 0)] / (2 * np.pi), self._offset)
        offset = np.unwrap(np.concatenate([[self._offset], held]), period=1.0)[1:]
        position = np.maximum.accumulate(np.concatenate([[self._position], cycles - offset]))
        whole = np.floor(position)
        (at,) = np.nonzero(whole[1:] > whole[:-1])
        part = (whole[at + 1] - position[at]) / np.maximum(position[at + 1] - position[at], 1e-12)
        times = (start + at - 1 + part) / self._rate
        self._offset, self._position, self._done = float(offset[-1]), float(position[-1]), stop
        marks = np.stack([times, self._frequency.cut(start, stop)[at], voiced[at]], axis=1)
        for tape in (self._cycles, self._frequency, self._voiced):
            tape.forget(stop)
        self._energy.forget(stop - self._half)
        return marks


class MarkStream:
    """Blocks of a take in, tidy marks out: they begin before the take and end after it, without gaps."""

    def __init__(self, sample_rate: int) -> None:
        self._sample_rate = sample_rate
        self._decimator = Decimator(sample_rate)
        self._tracker = F0Tracker(self._decimator.rate)
        self._marker = PitchMarker(self._decimator.rate)
        self._last: float | None = None  # seconds
        self._samples = 0

    def push(self, samples: Samples, final: bool = False) -> Samples:
        """The marks that are certain by now: shape (marks, 3)."""
        self._samples += len(samples)
        low = self._decimator.push(samples, final)
        marks = self._marker.push(low, self._tracker.push(low, final), final)
        pieces = []
        if self._last is None and (len(marks) or final):
            first = float(marks[0, TIME]) if len(marks) else self._samples / self._sample_rate
            count = int(max(0.0, first) * UNVOICED_RATE) + 3
            pieces.append(_steady(first - np.arange(count, 0, -1) / UNVOICED_RATE))
            self._last = float(pieces[0][-1, TIME])
        if self._last is not None:
            if final:
                last = float(marks[-1, TIME]) if len(marks) else self._last
                count = int(max(0.0, self._samples / self._sample_rate - last) * UNVOICED_RATE) + 8
                marks = np.concatenate([marks, _steady(last + np.arange(1, count + 1) / UNVOICED_RATE)])
            pieces.append(self._tidy(marks))
        return np.concatenate(pieces) if pieces else np.zeros((0, 3))

    def _tidy(self, marks: Samples) -> Samples:
        """Drops marks that are too close to the one before, and fills gaps that are too long."""
        assert self._last is not None
        tidy: list[tuple[float, float, float]] = []
        for time, f0, voiced in marks.tolist():
            gap = time - self._last
            if gap < max(SHORTEST, 0.5 / f0):
                continue
            if gap > min(LONGEST, 2.0 / f0):
                parts = int(max(np.ceil(gap * min(f0, UNVOICED_RATE) - 0.5), np.ceil(gap / LONGEST)))
                tidy += [(self._last + gap * part / parts, f0, voiced) for part in range(1, parts)]
            tidy.append((time, f0, voiced))
            self._last = time
        return np.array(tidy).reshape(-1, 3)


class KnownMarks:
    """Tidy marks that were found before, given out as the take comes in."""

    def __init__(self, marks: Samples, sample_rate: int) -> None:
        self._marks = marks
        self._sample_rate = sample_rate
        self._samples = 0

    def push(self, samples: Samples, final: bool = False) -> Samples:
        """The marks up to the end of `samples`: shape (marks, 3)."""
        self._samples += len(samples)
        until = np.inf if final else self._samples / self._sample_rate
        count = int(np.searchsorted(self._marks[:, TIME], until))
        marks, self._marks = self._marks[:count], self._marks[count:]
        return marks


def _steady(times: Samples) -> Samples:
    return np.stack([times, np.full(len(times), UNVOICED_RATE), np.zeros(len(times))], axis=1)

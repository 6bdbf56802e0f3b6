"""Pitch marks: one per period of the voice, where its energy peaks, and one every 5 ms elsewhere.

F0 gives the spacing of the marks; the phase of the energy at that frequency gives their position in the period.
Marks are rows of `TIME` (seconds), `F0` (Hz) and `VOICED` (1 or 0).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from takevoice_plugins.local.arrays import Bools, Samples, SlidingBuffer
from takevoice_plugins.local.correlation import find_hum
from takevoice_plugins.local.decimate import Decimator
from takevoice_plugins.local.f0 import HOP, CandidateStream, F0Tracker, best_path
from takevoice_plugins.local.filters import smooth
from takevoice_plugins.local.register import ANYONE, Register, find_register

TIME, F0, VOICED = 0, 1, 2
UNVOICED_RATE = 200.0  # marks per second without pitch
SMOOTHING = 0.015  # seconds to each side over which the phase is averaged
PREEMPHASIS = 0.9
AFTER = 18  # marks after the end of a take, which the smoothing of changes looks at
SHORTEST, LONGEST = 1 / 1300, 1 / 42  # seconds between two marks


class PitchMarker:
    """Finds raw marks in decimated samples and their F0."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._half = int(SMOOTHING * rate)
        window = np.hanning(2 * self._half + 3)[1:-1]
        self._window = window / window.sum()
        self._samples = SlidingBuffer(np.float64)
        self._f0 = SlidingBuffer(np.float64)
        self._energy = SlidingBuffer(np.complex128)  # heterodyned down by the F0
        self._cycles = SlidingBuffer(np.float64)  # phase of the F0, in periods
        self._frequency = SlidingBuffer(np.float64)
        self._voiced = SlidingBuffer(np.bool_)
        self._phase = 0.0  # periods
        self._offset = 0.0  # delay of the energy peaks, in periods
        self._position = -0.5  # of the last sample, in periods; there is a mark at each whole number
        self._done = 0

    def process(self, samples: Samples, f0: Samples, last: bool = False) -> Samples:
        """Add samples (n,) and F0 (frames,); return the marks found since the last call: (marks, 3)."""
        self._samples.append(samples)
        self._f0.append(f0)
        known = self._samples.stop if last else int((self._f0.stop - 1) * HOP * self._rate)
        known = min(known, self._samples.stop)
        if known > self._energy.stop and self._f0.stop > 0:
            self._heterodyne(self._energy.stop, known)
        ready = self._energy.stop - (0 if last else self._half)
        return self._crossings(ready) if ready > self._done else np.zeros((0, 3))

    def _heterodyne(self, start: int, stop: int) -> None:
        """Shift the energy of the voice at its F0 down to 0 Hz, where smoothing reveals its phase."""
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
        """Interpolate F0 in Hz and voicing at each sample from the frames around it."""
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
        """Return the marks before the sample `stop`: (marks, 3).

        There is one wherever the phase of F0, minus that of the energy, passes a whole period.
        """
        start = self._done
        around = self._energy.cut(start - self._half, stop + self._half)
        energy = smooth(around, self._window)
        voiced, cycles = self._voiced.cut(start, stop), self._cycles.cut(start, stop)
        known = voiced & (np.abs(energy) > 1e-18)
        latest = np.maximum.accumulate(np.where(known, np.arange(len(known)), -1))
        held = np.where(latest >= 0, -np.angle(energy)[np.maximum(latest, 0)] / (2 * np.pi), self._offset)
        offset = np.unwrap(np.concatenate([[self._offset], held]), period=1.0)[1:]
        position = np.maximum.accumulate(np.concatenate([[self._position], cycles - offset]))
        whole = np.floor(position)
        (at,) = np.nonzero(whole[1:] > whole[:-1])
        part = (whole[at + 1] - position[at]) / np.maximum(position[at + 1] - position[at], 1e-12)
        times = (start + at - 1 + part) / self._rate
        self._offset, self._position, self._done = float(offset[-1]), float(position[-1]), stop
        marks = np.stack([times, self._frequency.cut(start, stop)[at], voiced[at]], axis=1)
        for buffer in (self._cycles, self._frequency, self._voiced):
            buffer.forget(stop)
        self._energy.forget(stop - self._half)
        return marks


class MarkStream:
    """Finds the marks of a take block by block.

    They start before the take, end after it, and have no gaps. `register`: what is known of the speaker's F0.
    """

    def __init__(self, sample_rate: int, register: Register = ANYONE) -> None:
        self._decimator = Decimator(sample_rate)
        self._tracker = F0Tracker(self._decimator.rate, register)
        self._marker = PitchMarker(self._decimator.rate)
        self._row = MarkRow(sample_rate)

    def process(self, samples: Samples, last: bool = False) -> Samples:
        """Add a block (n,); return the marks found since the last call: (marks, 3)."""
        low = self._decimator.process(samples, last)
        marks = self._marker.process(low, self._tracker.process(low, last), last)
        return self._row.extend(marks, len(samples), last)


def find_marks(samples: Samples, sample_rate: int) -> tuple[Samples, Register]:
    """Return the marks of a whole take (marks, 3), and the register that decided between octaves, with the hum."""
    decimator = Decimator(sample_rate)
    low = decimator.process(samples, last=True)
    hum = find_hum(low, decimator.rate)
    found = CandidateStream(decimator.rate, hum).process(low, last=True)
    register = replace(find_register(found), hum=hum)
    path = best_path(found, register)
    marks = PitchMarker(decimator.rate).process(low, path, last=True)
    return MarkRow(sample_rate).extend(marks, len(samples), last=True), register


class MarkRow:
    """Makes a row without gaps of the marks of a take, from before its start to after its end."""

    def __init__(self, sample_rate: int) -> None:
        self._sample_rate = sample_rate
        self._last: float | None = None  # seconds
        self._samples = 0

    def extend(self, marks: Samples, samples: int, last: bool = False) -> Samples:
        """Add raw marks (n, 3) found after that many more samples; return the row that is ready: (marks, 3)."""
        self._samples += samples
        pieces = []
        if self._last is None and (len(marks) or last):
            first = float(marks[0, TIME]) if len(marks) else self._samples / self._sample_rate
            count = int(max(0.0, first) * UNVOICED_RATE) + 3
            pieces.append(_steady(first - np.arange(count, 0, -1) / UNVOICED_RATE))
            self._last = float(pieces[0][-1, TIME])
        if self._last is not None:
            if last:
                end = float(marks[-1, TIME]) if len(marks) else self._last
                count = int(max(0.0, self._samples / self._sample_rate - end) * UNVOICED_RATE) + AFTER
                marks = np.concatenate([marks, _steady(end + np.arange(1, count + 1) / UNVOICED_RATE)])
            pieces.append(self._tidy(marks))
        return np.concatenate(pieces) if pieces else np.zeros((0, 3))

    def _tidy(self, marks: Samples) -> Samples:
        """Drop marks that are too close to the previous one, and fill gaps that are too long."""
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
    """The interface of `MarkStream` for marks that are already known."""

    def __init__(self, marks: Samples, sample_rate: int) -> None:
        self._marks = marks
        self._sample_rate = sample_rate
        self._samples = 0

    def process(self, samples: Samples, last: bool = False) -> Samples:
        """Return the marks up to the end of the block `samples`: (marks, 3)."""
        self._samples += len(samples)
        until = np.inf if last else self._samples / self._sample_rate
        count = int(np.searchsorted(self._marks[:, TIME], until))
        marks, self._marks = self._marks[:count], self._marks[count:]
        return marks


def _steady(times: Samples) -> Samples:
    return np.stack([times, np.full(len(times), UNVOICED_RATE), np.zeros(len(times))], axis=1)

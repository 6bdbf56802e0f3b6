"""What one pass through a take measures: levels, loudness, digital silence, covariance, unused bits, tones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from takevoice.audio.loudness import ChannelLevels, Meter
from takevoice.audio.relations import ChannelRelations, Relations
from takevoice.audio.sample_formats import Samples
from takevoice.audio.tones import Tone, ToneFinder

MOMENT = 0.01  # seconds
MIN_SILENCE = 0.01  # seconds of zeros that count as digital silence
MIN_BITS = 12  # a take with fewer is no recording of so few bits, but a coincidence


@dataclass(frozen=True)
class TakeAnalysis:
    """The measurements of one pass; times in frames."""

    covariance: Samples  # (channels, channels), summed over all frames
    levels: npt.NDArray[np.float32]  # (moments,), mean square of all channels in each 10 ms
    moment: int  # frames of a moment
    silences: tuple[npt.NDArray[np.int64], ...]  # for each channel, (runs, 2): start and end of its zeros
    loudness: ChannelLevels
    relations: Relations
    bits: int | None = None  # that its integers use: the lower ones are zero in all of them; None: all of them
    tones: tuple[Tone, ...] = ()  # in order of time

    @property
    def is_silent(self) -> bool:
        """True if every sample is zero."""
        return not self.covariance.any()

    @property
    def differing(self) -> bool:
        """True if some channel has little in common with the mix of all channels."""
        energy = np.diag(self.covariance)
        mixed, shared = self.covariance.sum(), self.covariance.sum(axis=0)
        sounding = energy > energy.max(initial=0) * 1e-4
        return bool((shared[sounding] ** 2 < 0.25 * energy[sounding] * mixed).any())


class Analyser:
    """Measures a take that arrives in blocks of float32, (frames, channels)."""

    def __init__(self, sample_rate: int, channels: int, weights: Samples | None = None) -> None:
        self._moment = max(1, round(sample_rate * MOMENT))
        shortest = max(1, round(sample_rate * MIN_SILENCE))
        self._covariance = np.zeros((channels, channels))
        self._levels: list[npt.NDArray[np.float32]] = []
        self._rest = np.zeros(0, np.float32)
        self._silences = [_Runs(shortest) for _ in range(channels)]
        self._meter = Meter(sample_rate, channels, weights)
        self._relations = ChannelRelations(sample_rate, channels)
        self._tones = ToneFinder(sample_rate, channels)
        self._used = 0

    def feed(self, block: npt.NDArray[np.float32]) -> None:
        """Measure the next frames."""
        self._meter.feed(block)
        self._relations.feed(block)
        self._tones.feed(block)
        self._covariance += block.T @ block
        squared = block * block
        power = squared[:, 0] if block.shape[1] == 1 else squared.mean(axis=1)
        if len(self._rest):
            power = np.concatenate((self._rest, power))
        whole = len(power) // self._moment * self._moment
        self._levels.append(power[:whole].reshape(-1, self._moment).mean(axis=1))
        self._rest = power[whole:]
        for channel, runs in enumerate(self._silences):
            runs.feed(block[:, channel] == 0)

    def feed_integers(self, block: npt.NDArray[np.int32]) -> None:
        """Note which bits are used; the integers are left-aligned."""
        self._used |= int(np.bitwise_or.reduce(block, axis=None)) & 0xFFFFFFFF

    def result(self) -> TakeAnalysis:
        """Return the measurements of all frames so far."""
        if len(self._rest):
            self._levels.append(np.array([self._rest.mean()], np.float32))
        return TakeAnalysis(
            self._covariance,
            np.concatenate([np.zeros(0, np.float32), *self._levels]),
            self._moment,
            tuple(runs.result() for runs in self._silences),
            self._meter.result(),
            self._relations.result(),
            self._bits(),
            self._tones.result(),
        )

    def _bits(self) -> int | None:
        lowest = (self._used & -self._used).bit_length()  # from 1; 0: no bit is used at all
        return 33 - lowest if lowest and 33 - lowest >= MIN_BITS else None


def shared_silences(silences: Sequence[npt.NDArray[np.int64]], frames: int) -> npt.NDArray[np.int64]:
    """Return the runs in which all channels are silent at once, shape (runs, 2)."""
    if len(silences) == 1:
        return silences[0]
    edges = np.concatenate(silences).ravel()
    steps = np.tile([1, -1], len(edges) // 2)
    order = np.lexsort((steps, edges))
    depth = np.cumsum(steps[order])
    at = edges[order]
    full = np.flatnonzero(depth == len(silences))
    found = [(at[i], at[i + 1] if i + 1 < len(at) else frames) for i in full]
    return np.array([run for run in found if run[1] > run[0]], np.int64).reshape(-1, 2)


class _Runs:
    """Collects the runs of true values in a sequence that arrives in blocks."""

    def __init__(self, shortest: int) -> None:
        self._shortest = shortest
        self._count = 0
        self._start: int | None = None
        self._found: list[tuple[int, int]] = []

    def feed(self, values: npt.NDArray[np.bool_]) -> None:
        if self._start is not None or values.any():
            changes = np.flatnonzero(np.diff(values, prepend=self._start is not None)) + self._count
            for at in changes.tolist():
                if self._start is None:
                    self._start = at
                else:
                    self._end(at)
        self._count += len(values)

    def result(self) -> npt.NDArray[np.int64]:
        """Return all runs that are long enough, shape (runs, 2)."""
        if self._start is not None:
            self._end(self._count)
        return np.array(self._found, np.int64).reshape(-1, 2)

    def _end(self, end: int) -> None:
        assert self._start is not None
        if end - self._start >= self._shortest:
            self._found.append((self._start, end))
        self._start = None

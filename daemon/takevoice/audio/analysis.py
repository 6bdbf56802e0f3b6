"""One pass through a take: the covariance of its channels, the level of each moment, digital silence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from takevoice.audio.relations import ChannelRelations, Relations
from takevoice.audio.sample_formats import Samples
from takevoice.audio.takes import blocks
from takevoice.jobs import Take

MOMENT = 0.01  # seconds
MIN_SILENCE = 0.01  # seconds of zeros that count as digital silence


@dataclass(frozen=True)
class TakeAnalysis:
    """The measurements of one pass; times in frames."""

    covariance: Samples  # (channels, channels), summed over all frames
    levels: npt.NDArray[np.float32]  # (moments,), mean square of all channels in each 10 ms
    moment: int  # frames of a moment
    silences: tuple[npt.NDArray[np.int64], ...]  # for each channel, (runs, 2): start and end of its zeros
    relations: Relations | None = None

    @property
    def differing(self) -> bool:
        """True if some channel has little in common with the mix of all channels."""
        energy = np.diag(self.covariance)
        mixed, shared = self.covariance.sum(), self.covariance.sum(axis=0)
        sounding = energy > energy.max(initial=0) * 1e-4
        return bool((shared[sounding] ** 2 < 0.25 * energy[sounding] * mixed).any())


def analyse(take: Take) -> TakeAnalysis:
    """Read the take once, in blocks, and measure it.

    Raises:
        AudioError: the file cannot be read, or its number of frames differs from its header.
    """
    moment = max(1, round(take.sample_rate * MOMENT))
    shortest = max(1, round(take.sample_rate * MIN_SILENCE))
    covariance = np.zeros((take.channels, take.channels))
    related = ChannelRelations(take.sample_rate, take.channels)
    levels: list[npt.NDArray[np.float32]] = []
    rest = np.zeros((0,))
    silences = [_Runs(shortest) for _ in range(take.channels)]
    for block in blocks(take):
        covariance += block.T @ block
        related.feed(block)
        power = np.concatenate((rest, (block * block).mean(axis=1)))
        whole = len(power) // moment * moment
        levels.append(power[:whole].reshape(-1, moment).mean(axis=1).astype(np.float32))
        rest = power[whole:]
        for channel, runs in enumerate(silences):
            runs.feed(block[:, channel] == 0)
    if len(rest):
        levels.append(np.array([rest.mean()], np.float32))
    zeros = tuple(each.result() for each in silences)
    return TakeAnalysis(covariance, np.concatenate(levels), moment, zeros, related.result())


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

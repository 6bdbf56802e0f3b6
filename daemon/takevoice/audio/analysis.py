"""One pass through a take: how its channels go together, where it is silent, how loud each moment is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from takevoice.audio.takes import Samples, blocks
from takevoice.jobs import Take

MOMENT = 0.01  # seconds between two levels
SILENCE = 0.01  # seconds of zeros that count as digital silence, and stay it


@dataclass(frozen=True)
class Analysis:
    """What one pass tells; times in frames."""

    covariance: Samples  # (channels, channels), summed over all frames
    levels: npt.NDArray[np.float32]  # (moments,), mean square of all channels in each 10 ms
    moment: int  # frames of one level
    silences: tuple[npt.NDArray[np.int64], ...]  # for each channel, (runs, 2): start and end of its zeros

    @property
    def differing(self) -> bool:
        """True when some channel has little in common with the mix of all."""
        energy = np.diag(self.covariance)
        mixed, shared = self.covariance.sum(), self.covariance.sum(axis=0)
        sounding = energy > energy.max(initial=0) * 1e-4
        return bool((shared[sounding] ** 2 < 0.25 * energy[sounding] * mixed).any())


def analyse(take: Take) -> Analysis:
    """Reads the take once, in blocks.

    Raises:
        AudioError: the file holds fewer frames than it said.
    """
    moment = max(1, round(take.sample_rate * MOMENT))
    shortest = max(1, round(take.sample_rate * SILENCE))
    covariance = np.zeros((take.channels, take.channels))
    levels: list[npt.NDArray[np.float32]] = []
    rest = np.zeros((0,))
    runs = [_Runs(shortest) for _ in range(take.channels)]
    for block in blocks(take):
        covariance += block.T @ block
        power = np.concatenate((rest, (block * block).mean(axis=1)))
        whole = len(power) // moment * moment
        levels.append(power[:whole].reshape(-1, moment).mean(axis=1).astype(np.float32))
        rest = power[whole:]
        for channel, run in enumerate(runs):
            run.feed(block[:, channel] == 0)
    if len(rest):
        levels.append(np.array([rest.mean()], np.float32))
    return Analysis(covariance, np.concatenate(levels), moment, tuple(run.found() for run in runs))


def common(runs: tuple[npt.NDArray[np.int64], ...], frames: int) -> npt.NDArray[np.int64]:
    """Where all channels are silent at once: (runs, 2)."""
    if len(runs) == 1:
        return runs[0]
    edges = np.concatenate(runs).ravel()
    steps = np.tile([1, -1], len(edges) // 2)
    order = np.lexsort((steps, edges))
    depth = np.cumsum(steps[order])
    at = edges[order]
    full = np.flatnonzero(depth == len(runs))
    found = [(at[i], at[i + 1] if i + 1 < len(at) else frames) for i in full]
    return np.array([run for run in found if run[1] > run[0]], np.int64).reshape(-1, 2)


class _Runs:
    """Collects the runs of a property that is told block by block."""

    def __init__(self, shortest: int) -> None:
        self._shortest = shortest
        self._seen = 0
        self._open: int | None = None
        self._found: list[tuple[int, int]] = []

    def feed(self, holds: npt.NDArray[np.bool_]) -> None:
        """The next samples."""
        changes = np.flatnonzero(np.diff(holds, prepend=self._open is not None)) + self._seen
        for at in changes.tolist():
            if self._open is None:
                self._open = at
            else:
                self._close(at)
        self._seen += len(holds)

    def found(self) -> npt.NDArray[np.int64]:
        """All runs that are long enough, the last one included."""
        if self._open is not None:
            self._close(self._seen)
        return np.array(self._found, np.int64).reshape(-1, 2)

    def _close(self, end: int) -> None:
        assert self._open is not None
        if end - self._open >= self._shortest:
            self._found.append((self._open, end))
        self._open = None

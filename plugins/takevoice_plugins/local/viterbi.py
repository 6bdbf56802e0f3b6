"""The best path through F0 candidates, decided with a fixed lag behind the newest frame."""

from __future__ import annotations

import numpy as np

from takevoice_plugins.local.arrays import Ints, Samples

LAG = 0.15  # seconds of look-ahead for a decision
BATCH = 0.1  # seconds decided at a time
JUMP_COST = 0.00875  # per octave and second of hop; Boersma (1993) has 0.35 at 10 ms, which reverberation outweighs
VOICING_COST = 0.0014  # per change between voiced and unvoiced: 0.14 at 10 ms


class FixedLagViterbi:
    """Finds the best path: add the candidates of each frame by `extend`, get its F0 by `decide`."""

    def __init__(self, hop: float) -> None:
        self._lag = round(LAG / hop)
        self._batch = round(BATCH / hop)
        self._jump = JUMP_COST / hop
        self._voicing = VOICING_COST / hop
        self._f0: list[list[float]] = []  # the candidates of each undecided frame
        self._back: list[list[int]] = []  # for each candidate, the best one of the previous frame
        self._best: list[int] = []  # the best candidate of each frame
        self._last: Samples | None = None  # F0 of the candidates of the last frame
        self._score = np.zeros(0)

    def extend(self, f0: Samples, strength: Samples) -> None:
        """Add frames: F0 in Hz (0: unvoiced) and score of their candidates, both (frames, candidates)."""
        if self._last is None:
            self._last, self._score = f0[0], np.zeros(f0.shape[1])
        before = np.concatenate([self._last[None], f0[:-1]])
        back, best = self._walk(self._transitions(before, f0), strength)
        self._back.extend(back.tolist())
        self._best.extend(best.tolist())
        self._f0.extend(f0.tolist())
        self._last = f0[-1]

    def _walk(self, cost: Samples, strength: Samples) -> tuple[Ints, Ints]:
        """Return, for each frame, the best previous candidate of each, and the best one: (frames, n) and (frames,)."""
        frames, count = strength.shape
        row = np.arange(count) * count
        back = np.empty((frames, count), np.int64)
        scores = np.empty((frames, count))
        score = self._score
        for frame in range(frames):
            reached = score - cost[frame]
            reached.argmax(1, out=back[frame])
            score = reached.take(row + back[frame])
            score += strength[frame]
            score -= score.max()
            scores[frame] = score
        self._score = score
        return back, scores.argmax(axis=1)

    def _transitions(self, before: Samples, after: Samples) -> Samples:
        """Return the cost of each transition: (frames, candidates after, candidates before)."""
        octave_before, octave_after = (np.log2(np.maximum(f, 1.0)) for f in (before, after))
        voiced_before, voiced_after = before > 0, after > 0
        both = voiced_after[:, :, None] & voiced_before[:, None, :]
        either = voiced_after[:, :, None] ^ voiced_before[:, None, :]
        jump = np.abs(octave_after[:, :, None] - octave_before[:, None, :])
        cost: Samples = self._jump * jump * both + self._voicing * either
        return cost

    def decide(self, last: bool = False) -> Samples:
        """Return the F0 of the frames beyond the lag, or of all remaining ones after the last frame: (frames,)."""
        decided: list[float] = []
        while len(self._f0) > self._lag + self._batch:
            decided += self._trace(self._lag + self._batch, self._batch)
        if last and self._f0:
            decided += self._trace(len(self._f0) - 1, len(self._f0))
        return np.array(decided)

    def _trace(self, start: int, count: int) -> list[float]:
        """Follow the best path back from the frame `start`.

        Remove the first `count` frames and return their F0.
        """
        choice = self._best[start]
        path: list[float] = []
        for frame in range(start, -1, -1):
            if frame < count:
                path.append(self._f0[frame][choice])
            choice = self._back[frame][choice]
        del self._f0[:count], self._back[:count], self._best[:count]
        return path[::-1]

"""Times of the grains in the output, for pitch-synchronous overlap-add.

After Moulines and Charpentier (1990): there is a grain at each period of the new pitch, taken from the nearest mark.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from takevoice_plugins.local.arrays import Bools, Ints, Samples
from takevoice_plugins.local.marks import F0, TIME, VOICED

AROUND = 7  # marks kept on each side of a grain's mark, to smooth over
TOO_CLOSE = 0.4  # of the spacing
SAME = 1e-9  # seconds
PitchMap = Callable[[Samples, Samples], Samples]


class Placed(NamedTuple):
    """Grains to render: `mark` is an index into the schedule's marks.

    Times and spacings in seconds; each (n,).
    """

    mark: Ints
    time: Samples
    left: Samples
    right: Samples
    ratio: Samples  # new F0 / old F0; 1 if unvoiced


class Schedule:
    """Places grains: add marks by `extend`, get grains by `advance`.

    `pitch` maps F0 in Hz and times in s to the new F0.
    """

    def __init__(self, pitch: PitchMap) -> None:
        self._pitch = pitch
        self.marks = np.zeros((0, 3))
        self._ratio = np.zeros(0)
        self._mark = 1
        self._before: float | None = None
        self.time = 0.0  # of the next grain, seconds

    @property
    def voiced(self) -> Bools:
        """True for each voiced mark: (n,)."""
        voiced: Bools = self.marks[:, VOICED] > 0
        return voiced

    def extend(self, marks: Samples) -> None:
        """Add marks (n, 3) in ascending order, without gaps."""
        if not len(marks):
            return
        f0 = np.maximum(marks[:, F0], 1.0)
        self.marks = np.concatenate([self.marks, marks])
        self._ratio = np.concatenate([self._ratio, self._pitch(f0, marks[:, TIME]) / f0])
        if self._before is None:
            self._before, self.time = float(self.marks[0, TIME]), float(self.marks[1, TIME])

    def advance(self, until: float) -> Placed | None:
        """Place the grains whose marks, with their neighbours, are before `until` seconds.

        None if there are none.
        """
        if self._before is None:
            return None
        times: list[float] = self.marks[:, TIME].tolist()
        voiced: list[bool] = self.voiced.tolist()
        ratio: list[float] = self._ratio.tolist()
        following_unvoiced = _following_unvoiced(self.voiced)
        last = min(len(times) - AROUND - 2, int(np.searchsorted(self.marks[:, TIME], until)) - AROUND - 2)
        rows: list[tuple[float, float, float, float, float]] = []
        mark, time, before = self._mark, self.time, self._before
        while True:
            while mark < last and abs(times[mark + 1] - time) <= abs(times[mark] - time):
                if voiced[mark] and not voiced[mark + 1] and times[mark + 1] - time > SAME:
                    break  # voiced sounds are never made of what follows them
                mark += 1
            if mark >= last:
                break
            following, spacing = times[mark + 1], times[mark + 1] - times[mark]
            if voiced[mark] and voiced[mark + 1]:
                wanted = time + spacing / ratio[mark]
                # What follows a voiced sound may be a burst, and stays where it is.
                unvoiced = following_unvoiced[mark]
                end = times[unvoiced] if unvoiced - mark <= AROUND else np.inf
                # Rounding errors must not accumulate: an unchanged pitch keeps its marks exactly.
                after = following if abs(wanted - following) < SAME else min(wanted, end)
                if end - after < TOO_CLOSE * (end - times[unvoiced - 1]):
                    after = end
            elif following - time < TOO_CLOSE * spacing and not voiced[mark]:
                after = times[mark + 2]
            else:
                after = following
            rows.append((mark, time, time - before, after - time, ratio[mark] if voiced[mark] else 1.0))
            before, time = time, after
        self._mark, self.time, self._before = mark, time, before
        if not rows:
            return None
        table = np.array(rows)
        return Placed(table[:, 0].astype(np.int64), table[:, 1], table[:, 2], table[:, 3], table[:, 4])

    def forget(self) -> None:
        """Drop marks that no later grain needs. Indexes returned earlier become invalid."""
        spare = max(0, self._mark - AROUND - 2)
        self.marks, self._ratio = self.marks[spare:], self._ratio[spare:]
        self._mark -= spare


def _following_unvoiced(voiced: Bools) -> list[int]:
    """Return the index of the first unvoiced mark at or after each of `voiced` (n,); n - 1 if there is none."""
    own = np.where(voiced, len(voiced) - 1, np.arange(len(voiced)))
    indexes: list[int] = np.minimum.accumulate(own[::-1])[::-1].tolist()
    return indexes

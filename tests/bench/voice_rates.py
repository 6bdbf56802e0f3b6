"""Word error rates of several takes, and how far they are to be trusted."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

DRAWS, SEED = 4000, 0
BETWEEN = (2.5, 97.5)  # percentiles: an interval of 95 %


class Rate(NamedTuple):
    """Percent of all words, and the interval in which it is by 95 %."""

    percent: float
    low: float
    high: float

    def __str__(self) -> str:
        """Return it as a table shows it."""
        return f"{self.percent:.1f} ({self.low:.1f} to {self.high:.1f})"


def rate(wrong: np.ndarray, said: np.ndarray) -> Rate:
    """Return the rate of `wrong` of all words `said`, each (takes,) or (takes, voices); `wrong` may be a difference of two counts.

    The interval is that of a bootstrap by takes (Bisani and Ney 2004): a take stays one with all its results, as they share
    their words. The same counts give the same interval.
    """
    wrong, said = (np.reshape(each, (len(each), -1)).sum(axis=1).astype(np.float64) for each in (wrong, said))
    drawn = np.random.default_rng(SEED).integers(0, len(said), (DRAWS, len(said)))
    rates = wrong[drawn].sum(axis=1) / np.maximum(said[drawn].sum(axis=1), 1)
    low, high = np.percentile(100 * rates, BETWEEN)
    return Rate(float(100 * wrong.sum() / max(said.sum(), 1)), float(low), float(high))

"""The liveliest part of a take: with most speech in it, for an audition."""

from __future__ import annotations

import numpy as np

from takevoice.audio.takes import blocks
from takevoice.jobs import Take

STEP = 0.05  # seconds


def liveliest_start(take: Take, seconds: float) -> float:
    """Return where the part of so many seconds begins in which the take is loudest on average, in seconds.

    The mean of the levels of short steps is compared, in which one bang counts for little.

    Raises:
        AudioError: the take cannot be read.
    """
    step = max(1, round(STEP * take.sample_rate))
    levels: list[float] = []
    rest = np.zeros((0, take.channels))
    for block in blocks(take):
        audio = np.concatenate([rest, block])
        whole = len(audio) // step * step
        steps = audio[:whole].reshape(-1, step * take.channels)
        levels += np.sqrt(np.mean(np.square(steps), axis=1)).tolist()
        rest = audio[whole:]
    width = round(seconds / STEP)
    if len(levels) <= width:
        return 0.0
    sums = np.cumsum([0.0, *levels])
    return float(np.argmax(sums[width:] - sums[:-width])) * step / take.sample_rate

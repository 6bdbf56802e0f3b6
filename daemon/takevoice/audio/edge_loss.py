"""How far an answer can be moved before sound is pushed over an edge of its take."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Mono = npt.NDArray[np.float32]

MOMENT = 0.005  # seconds that one level is measured over
HEARD = 8.0  # seconds at the edge that tell what is loud and what is noise
AUDIBLE = (-45.0, -38.0)  # dB below the loudest moment: sound is no lower than the first and no higher than the second
ABOVE_NOISE = 6.0  # dB
NOISE_SHARE = 10  # percent of the moments that are noise at most
SILENCE = 1e-12  # power


def movable(
    read: Callable[[int, int], Mono], answer_frames: int, frames: int, rate: int, earlier: int
) -> int:
    """Return by how many frames an answer for a take of `frames` frames can be moved without losing sound.

    `read` returns the answer's samples (frames,) of a range (start, frames). The result is between 0 and `earlier`, which
    is negative to move the answer later. Sound is what stands out of the answer's own noise, and is at most 45 dB below
    its loudest moment.
    """
    heard, end = round(HEARD * rate), min(frames, answer_frames)
    spare = 0 if earlier > 0 else frames - end  # where there is no answer
    if earlier > 0:
        around = read(0, min(heard, answer_frames))
        lost = read(0, min(earlier, answer_frames))
    else:
        around = read(max(0, end - heard), min(heard, end))
        first = max(0, frames + earlier)
        lost = read(first, max(0, end - first))[::-1]
    if not len(lost):
        return earlier
    moment = round(MOMENT * rate)
    length = min(moment, len(lost))
    loud = np.flatnonzero(_powers(lost, length, 1) > _threshold(_powers(around, length, moment)))
    if not len(loud):
        return earlier
    quiet = int(loud[0]) + length - 1 if loud[0] else 0
    return int(np.sign(earlier)) * (spare + quiet)


def _threshold(powers: npt.NDArray[np.float64]) -> float:
    """Return the power above which a moment is sound."""
    levels = 10 * np.log10(powers + SILENCE)
    low, high = (float(levels.max()) + each for each in AUDIBLE)
    return float(10 ** (np.clip(np.percentile(levels, NOISE_SHARE) + ABOVE_NOISE, low, high) / 10))


def _powers(samples: Mono, length: int, step: int) -> npt.NDArray[np.float64]:
    """Return the power of each `length` samples, one every `step`."""
    sums = np.concatenate(([0.0], np.cumsum(np.square(samples, dtype=np.float64))))
    starts = np.arange(0, len(samples) - length + 1, step)
    powers: npt.NDArray[np.float64] = (sums[starts + length] - sums[starts]) / length
    return powers

"""Whether moving an answer would push sound over an edge of its take."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Mono = npt.NDArray[np.float32]

MOMENT = 0.005  # seconds
HEARD = 8.0  # seconds at the edge that tell what is loud and what is noise
BLURRED = 0.005  # seconds by which a good placement may be wrong
AUDIBLE = (-40.0, -30.0)  # dB below the loudest moment: sound is no lower than the first and no higher than the second
ABOVE_NOISE = 6.0  # dB
NOISE_SHARE = 10  # percent of the moments that are noise at most
SILENCE = 1e-12  # power


def loses_sound(
    read: Callable[[int, int], Mono], answer_frames: int, frames: int, rate: int, earlier: int
) -> bool:
    """Return True if an answer for a take of `frames` frames would lose sound when it is moved by `earlier` frames.

    `read` returns the answer's samples (frames,) of a range (start, frames). A negative `earlier` moves it later. Sound
    is what stands out of the answer's own noise, and is at most 40 dB below its loudest moment.
    """
    heard, blurred, end = round(HEARD * rate), round(BLURRED * rate), min(frames, answer_frames)
    if earlier > 0:
        around = read(0, min(heard, answer_frames))
        first, last = 0, min(earlier, answer_frames) - blurred
    else:
        around = read(max(0, end - heard), min(heard, end))
        first, last = max(0, frames + earlier) + blurred, end
    if last <= first:
        return False
    return bool(_levels(read(first, last - first), rate).max() > _threshold(_levels(around, rate)))


def _threshold(levels: npt.NDArray[np.float64]) -> float:
    """Return the level in dB above which a moment is sound."""
    low, high = (float(levels.max()) + each for each in AUDIBLE)
    return float(np.clip(np.percentile(levels, NOISE_SHARE) + ABOVE_NOISE, low, high))


def _levels(samples: Mono, rate: int) -> npt.NDArray[np.float64]:
    """Return the level in dB of each moment; a shorter rest belongs to the last one."""
    length = max(1, min(round(MOMENT * rate), len(samples)))
    starts = np.arange(0, len(samples) - length + 1, length)
    power = np.add.reduceat(np.square(samples, dtype=np.float64), starts)
    lengths = np.diff(np.append(starts, len(samples)))
    levels: npt.NDArray[np.float64] = 10 * np.log10(power / lengths + SILENCE)
    return levels

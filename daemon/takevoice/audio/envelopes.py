"""Gain curves of a whole take, computed block by block. Pure."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Curve = npt.NDArray[np.float64]
Runs = npt.NDArray[np.int64]
"""Shape (runs, 2): the first frame of each run, and the first one after it."""


def mute_curve(runs: Runs, start: int, frames: int, fade: int) -> Curve:
    """Return gains that are 0 in the runs and 1 elsewhere, with linear fades of `fade` frames around each run.

    The curve covers `frames` frames from `start`; shape (frames,).
    """
    curve = np.ones(frames)
    for first, last in _nearby(runs, start, frames, fade):
        _limit(curve, first - fade - start, np.linspace(1, 0, fade, endpoint=False))
        curve[max(0, first - start) : max(0, last - start)] = 0
        _limit(curve, last - start, np.linspace(1, 0, fade, endpoint=False)[::-1])
    return curve


def mute(block: npt.NDArray[np.floating], runs: Runs, start: int, fade: int) -> None:
    """Multiply one channel, (frames,), from frame `start` of the take by its `mute_curve`, in place."""
    near = _nearby(runs, start, len(block), fade)
    if near:
        first, last = max(0, near[0][0] - fade - start), min(len(block), near[-1][1] + fade - start)
        block[first:last] *= mute_curve(runs, start + first, last - first, fade).astype(np.float32)


def lay_over(
    block: npt.NDArray[np.floating], other: npt.NDArray[np.floating], runs: Runs, start: int, fade: int
) -> None:
    """Replace one channel, (frames,), by the same frames of another signal in the runs, in place.

    The block begins at frame `start` of the take; around each run the two are crossfaded.
    """
    near = _nearby(runs, start, len(block), fade)
    if near:
        part = slice(max(0, near[0][0] - fade - start), min(len(block), near[-1][1] + fade - start))
        gains = mute_curve(runs, start + part.start, part.stop - part.start, fade).astype(block.dtype)
        block[part] = gains * block[part] + (1 - gains) * other[part]


def fade_in_curve(runs: Runs, start: int, frames: int, fade: int) -> Curve:
    """Return the angles of an equal-power fade: pi/2 in the runs and 0 elsewhere, with fades around each run.

    The sine is the gain of the signal in the runs, the cosine that of the other one. Shape (frames,).
    """
    return (1 - mute_curve(runs, start, frames, fade)) * (np.pi / 2)


def _nearby(runs: Runs, start: int, frames: int, fade: int) -> list[list[int]]:
    first = int(np.searchsorted(runs[:, 1], start - fade, "right"))
    last = int(np.searchsorted(runs[:, 0], start + frames + fade, "left"))
    found: list[list[int]] = runs[first:last].tolist()
    return found


def _limit(curve: Curve, at: int, ramp: Curve) -> None:
    """Limit the curve in place to a ramp that starts at frame `at`."""
    first, last = max(0, at), min(len(curve), at + len(ramp))
    if last > first:
        curve[first:last] = np.minimum(curve[first:last], ramp[first - at : last - at])

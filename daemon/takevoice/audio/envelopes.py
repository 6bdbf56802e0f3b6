"""Curves over a whole take, block by block: silences that stay silences, phrases that fade in and out of the room."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Curve = npt.NDArray[np.float64]


def outside(runs: npt.NDArray[np.int64], start: int, frames: int, fade: int) -> Curve:
    """0 inside the runs, 1 outside, with straight edges of `fade` frames before and after each; shape (frames,)."""
    curve = np.ones(frames)
    for first, last in _near(runs, start, frames, fade):
        _ramp(curve, first - fade - start, np.linspace(1, 0, fade, endpoint=False))
        curve[max(0, first - start) : max(0, last - start)] = 0
        _ramp(curve, last - start, np.linspace(1, 0, fade, endpoint=False)[::-1])
    return curve


def inside(runs: npt.NDArray[np.int64], start: int, frames: int, fade: int) -> Curve:
    """The angle, 0 to pi/2, of an equal-power fade: pi/2 in the runs, 0 outside, edges of `fade` frames outside them."""
    return (1 - outside(runs, start, frames, fade)) * (np.pi / 2)


def _near(runs: npt.NDArray[np.int64], start: int, frames: int, fade: int) -> list[list[int]]:
    first = int(np.searchsorted(runs[:, 1], start - fade, "right"))
    last = int(np.searchsorted(runs[:, 0], start + frames + fade, "left"))
    found: list[list[int]] = runs[first:last].tolist()
    return found


def _ramp(curve: Curve, at: int, ramp: Curve) -> None:
    """Lets the curve be no higher than the ramp that starts at `at`."""
    first, last = max(0, at), min(len(curve), at + len(ramp))
    if last > first:
        curve[first:last] = np.minimum(curve[first:last], ramp[first - at : last - at])

"""Grains: two periods of sound under a window that rises from the previous mark and falls to the next."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from takevoice_plugins.local.arrays import Ints, Samples, SlidingBuffer


class Grains(NamedTuple):
    """Windowed excerpts: `samples` (n, 2 * reach + 1), with the sample `centre` (n,) of each in the middle.

    `rest` (n,) is the distance from there to the exact centre, at most half a sample; `power` (n,) the sum of the
    squared window.
    """

    samples: Samples
    centre: Ints
    rest: Samples
    power: Samples

    @property
    def reach(self) -> int:
        """The number of samples on each side of the centre."""
        return int(self.samples.shape[1] - 1) // 2


def cut_grains(sound: SlidingBuffer[np.float64], centres: Samples, left: Samples, right: Samples) -> Grains:
    """Cut grains around fractional `centres` under half Hann windows of `left` and `right` samples: each (n,)."""
    centre = np.rint(centres).astype(np.int64)
    rest = centres - centre
    reach = int(np.ceil(max(left.max(), right.max()))) + 1
    first = int(centre.min()) - reach
    around = sound.cut(first, int(centre.max()) + reach + 1)
    pieces = np.lib.stride_tricks.sliding_window_view(around, 2 * reach + 1)[centre - reach - first]
    distance = np.arange(-reach, reach + 1) - rest[:, None]
    share = np.where(distance < 0, distance * (-1 / left[:, None]), distance * (1 / right[:, None]))
    window = 0.5 + 0.5 * np.cos(np.pi * np.minimum(share, 1.0))
    power = np.einsum("ij,ij->i", window, window)
    return Grains(pieces * window, centre, rest, power)

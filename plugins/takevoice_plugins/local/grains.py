"""Grains: two periods of sound under a window that rises from the mark before and falls to the mark after."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from takevoice_plugins.local.arrays import Ints, Samples, Tape


class Grains(NamedTuple):
    """Windowed sound: `samples` (n, 2 * reach + 1), the sample `centre` (n,) of each in the middle.

    `rest` (n,) is how far the true centre lies beyond it, under half a sample either way; `power` (n,) is the sum of the squared window.
    """

    samples: Samples
    centre: Ints
    rest: Samples
    power: Samples

    @property
    def reach(self) -> int:
        """Samples on each side of the centre."""
        return int(self.samples.shape[1] - 1) // 2


def cut_grains(sound: Tape[np.float64], centres: Samples, left: Samples, right: Samples) -> Grains:
    """Grains around `centres` (samples, as fractions) under Hann halves of `left` and `right` samples: all (n,)."""
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

"""Grains: two periods of sound under a window that rises from the previous mark and falls to the next."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from takevoice_plugins.local.arrays import Ints, Samples, Singles, SlidingBuffer


class Grains(NamedTuple):
    """Windowed excerpts: `samples` (n, 2 * reach + 1), with the sample `centre` (n,) of each in the middle.

    `rest` (n,) is the distance from there to the exact centre, at most half a sample; `power` (n,) the sum of the
    squared window; `length` (n,) how many samples the longer side of it has.
    """

    samples: Singles
    centre: Ints
    rest: Samples
    power: Samples
    length: Samples

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
    window = _windows(rest, left, right, reach)
    power = np.einsum("ij,ij->i", window, window)
    return Grains(pieces.astype(np.float32) * window, centre, rest, power, np.maximum(left, right))


def _windows(rest: Samples, left: Samples, right: Samples, reach: int) -> Singles:
    """Return the windows around `rest`, in single precision, which is enough for them: (n, 2 * reach + 1)."""
    at = np.arange(-reach, reach + 1, dtype=np.float32)
    before = at[:reach] - rest[:, None].astype(np.float32)
    after = at[reach:] - rest[:, None].astype(np.float32)
    share = np.empty((len(rest), 2 * reach + 1), np.float32)
    np.multiply(before, (-np.pi / left[:, None]).astype(np.float32), out=share[:, :reach])
    np.multiply(np.abs(after), (np.pi / right[:, None]).astype(np.float32), out=share[:, reach:])
    # The sample in the middle belongs to the side on which the exact centre is not.
    share[:, reach] = np.pi * np.abs(rest) / np.where(rest > 0, left, right)
    np.minimum(share, np.float32(np.pi), out=share)
    np.cos(share, out=share)
    share += np.float32(1)
    share *= np.float32(0.5)
    return share

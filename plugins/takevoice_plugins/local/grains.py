"""Grains: two periods of sound under a window that rises from the previous mark and falls to the next."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from takevoice_plugins.local.arrays import Ints, Samples, Singles, SlidingBuffer
from takevoice_plugins.local.blend import Blend, blend_pieces

SLOPE = 48_000.0  # samples per second of the slope
WHOLE = slice(None)


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

    def level(self, rate: float, rows: Ints | slice = WHOLE) -> Samples:
        """The power of the slope of `rows` at `rate` Hz, which hears hiss and consonants rather than rumble: (n,)."""
        longest = int(np.ceil(self.length[rows].max(initial=0))) + 2
        samples = self.samples[rows, max(0, self.reach - longest) : self.reach + longest]
        slope = samples[:, 1:] - samples[:, :-1]
        level: Samples = np.einsum("ij,ij->i", slope, slope) / self.power[rows] * (rate / SLOPE) ** 2
        return level


def cut_grains(
    sound: SlidingBuffer[np.float32], centres: Samples, left: Samples, right: Samples, blend: Blend | None = None
) -> Grains:
    """Cut grains around fractional `centres` under half Hann windows of `left` and `right` samples: each (n,)."""
    centre = np.rint(centres).astype(np.int64)
    rest = centres - centre
    reach = int(np.ceil(max(left.max(), right.max()))) + 1
    lowest, highest = (int(centre.min()), int(centre.max())) if blend is None else blend.reach
    first = lowest - reach - 1
    around = sound.cut(first, highest + reach + 2)
    at = np.lib.stride_tricks.sliding_window_view(around, 2 * reach + 1)
    pieces = at[centre - reach - first]
    window = _windows(rest, left, right, reach)
    if blend is not None:
        blend_pieces(pieces, at, window, blend, rest - reach - first)
    power = np.einsum("ij,ij->i", window, window)
    pieces *= window
    return Grains(pieces, centre, rest, power, np.maximum(left, right))


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

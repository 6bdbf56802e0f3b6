"""Blends periods with their neighbours, as a lower pitch leaves some out: the rest would differ more from each other, and be rough.

Only periods that are alike are blended, each moved to where it is most alike: what changes from one to the next carries the words.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from takevoice_plugins.local.arrays import Bools, Ints, Samples, Singles

WIDTH = 3.0  # periods to each side of a grain's time in the take from which it is blended
ALIKE, DIFFERENT = 0.9, 0.5  # correlation from which periods have their whole share, and below which they have none
SLACK = 0.0008  # seconds by which a period is moved at most
LAGS = 8  # tried on each side
COARSE = 2  # samples are compared at the distance of two lags, which is enough
SMALLEST = 1e-3
SILENT = 1e-20


class Blend(NamedTuple):
    """The centres of the periods before and after each grain in samples, and the shares of them in it: all (n,).

    `slack`: by how many samples they may be moved.
    """

    before: Samples
    after: Samples
    share_before: Samples
    share_after: Samples
    slack: int

    @property
    def reach(self) -> tuple[int, int]:
        """The lowest and the highest centre that is used."""
        return int(self.before.min()) - self.slack - 1, int(self.after.max()) + self.slack + 1


def plan_blend(times: Samples, mark: Ints, time: Samples, inside: Bools, rate: float) -> Blend:
    """Return how grains of `mark` (n,) at `time` (n,) are blended, those that are `inside` (n,) a voiced sound.

    `times` (marks,) are those of the marks in seconds, `rate` is that of the sound in Hz.
    """
    width = (times[mark + 1] - times[mark - 1]) / 2 * WIDTH
    near = [np.maximum(1 - np.abs(times[mark + step] - time) / width, 0.0) for step in (-1, 0, 1)]
    total = np.maximum(near[0] + near[1] + near[2], SMALLEST)
    share_before, share_after = (np.where(inside, side / total, 0.0) for side in (near[0], near[2]))
    before, after = (np.where(inside, times[mark + step], times[mark]) * rate for step in (-1, 1))
    return Blend(before, after, share_before, share_after, int(SLACK * rate))


def blend_pieces(pieces: Singles, at: Singles, window: Singles, blend: Blend, offset: Samples) -> None:
    """Add their share of the neighbours to pieces (n, size) of sound, and take as much from the pieces.

    `at` (places, size) has the pieces at all places; a centre plus `offset` (n,) is a place. `window` (n, size) says which samples matter.
    """
    changes = []
    for centres, shares in ((blend.before, blend.share_before), (blend.after, blend.share_after)):
        (rows,) = np.nonzero(shares)
        place = np.rint(centres[rows] + offset[rows]).astype(np.int64)
        place, alike = _aligned(pieces[rows], at, place, window[rows], blend.slack)
        share = shares[rows] * np.clip((alike - DIFFERENT) / (ALIKE - DIFFERENT), 0, 1)
        used = share > 0
        rows = rows[used]
        changes.append((rows, share[used, None].astype(np.float32) * (at[place[used]] - pieces[rows])))
    for rows, change in changes:
        pieces[rows] += change


def _aligned(pieces: Singles, at: Singles, place: Ints, window: Singles, slack: int) -> tuple[Ints, Samples]:
    """Return the places near `place` (n,) where the sound is most like the pieces (n, size), and how alike: the correlation (n,)."""
    step = max(1, slack // LAGS)
    lags = np.arange(-(slack // step), slack // step + 1) * step
    middle = pieces.shape[1] // 2
    some = slice(middle % (COARSE * step), None, COARSE * step)  # the same samples, whatever the size
    weight, own = window[:, some], pieces[:, some]
    weighted = weight * own
    coarse = at[:, some]
    products = np.stack([np.einsum("ij,ij->i", weighted, coarse[place + lag]) for lag in lags.tolist()], axis=1)
    best = products.argmax(axis=1)
    place = place + lags[best]
    other = coarse[place]
    energies = np.einsum("ij,ij->i", weighted, own) * np.einsum("ij,ij,ij->i", weight, other, other)
    alike: Samples = products[np.arange(len(best)), best] / np.sqrt(np.maximum(energies, SILENT))
    return place, alike

"""The register of a speaker in a take: the F0 that is usual there, by a first look at the candidates of each frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from takevoice_plugins.local.arrays import Samples

CLEAR = 0.75  # strength from which a frame tells the register
MIN_FRAMES = 20
USUAL = 0.5  # octaves to each side of the median that cost nothing
COST = 0.16  # strength per octave beyond
HIGHEST_COST = 0.32
BELIEVED = 8.0  # times how much weaker a candidate is: the most that it costs to be high
MIN_F0 = 1.0  # Hz


@dataclass(frozen=True)
class Register:
    """The range of F0 in Hz that is usual for a speaker."""

    lowest: float
    highest: float

    def cost(self, f0: Samples, strength: Samples) -> Samples:
        """Return what the register takes from the strength of candidates (frames, n) in Hz: same shape.

        A higher one that is about as strong as the strongest is believed: a scream has no weak lower octave.
        """
        octaves = np.log2(np.maximum(f0, MIN_F0))
        weaker = strength.max(axis=1, keepdims=True) - strength
        above = np.minimum(COST * (octaves - np.log2(self.highest)), BELIEVED * weaker)
        below = COST * (np.log2(self.lowest) - octaves)
        cost: Samples = np.clip(np.maximum(above, below), 0, HIGHEST_COST)
        return cost


def find_register(f0: Samples, strength: Samples) -> Register | None:
    """Return the register that the clearest candidates (frames, 1 + n) of a take show; None if too few are clear."""
    best = strength[:, 1:].argmax(axis=1)
    row = np.arange(len(f0))
    clear = strength[row, 1 + best] > CLEAR
    if clear.sum() < MIN_FRAMES:
        return None
    low, high = np.quantile(f0[row, 1 + best][clear], [0.25, 0.75])
    return Register(float(low) * 2**-USUAL, float(high) * 2**USUAL)

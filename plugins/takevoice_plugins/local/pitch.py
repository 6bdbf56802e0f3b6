"""The effect of stability, style and similarity on pitch, and that of keeping it for singing."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from takevoice_plugins.local.parameters import EngineParameters

FULL_PITCH = 0.75  # similarity above which the median F0 is the voice's own
FARTHEST_DOWN, FARTHEST_UP = -16.0, 18.0  # semitones; further away it sounds like a machine


class Pitch(NamedTuple):
    """A median F0 in Hz, and a factor for the source's excursions from it."""

    f0: float
    f0_range: float


def moved_pitch(source_f0: float, wanted: Pitch, parameters: EngineParameters) -> Pitch:
    """Return the pitch of the result for a source of median `source_f0` in Hz.

    Stability narrows it, style widens it; `keep_pitch` leaves it in tune.
    """
    octaves = float(np.log2(wanted.f0 / source_f0))
    if parameters.keep_pitch != "off":
        moved = round(octaves) if parameters.keep_pitch == "octaves" else 0
        return Pitch(source_f0 * 2.0**moved, 1.0)
    share = 0.5 + 0.5 * min(1.0, parameters.similarity / FULL_PITCH)
    octaves = float(np.clip(octaves * share, FARTHEST_DOWN / 12, FARTHEST_UP / 12))
    f0_range = 1 + (wanted.f0_range - 1) * parameters.amount
    return Pitch(
        source_f0 * 2**octaves,
        f0_range * (1.25 - 0.5 * parameters.stability) * (1 + 0.6 * parameters.style),
    )

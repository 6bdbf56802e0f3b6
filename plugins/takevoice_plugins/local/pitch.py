"""The effect of stability, style and similarity on pitch."""

from __future__ import annotations

from typing import NamedTuple

from takevoice_plugins.local.parameters import EngineParameters

FULL_PITCH = 0.75  # similarity above which the median F0 is the voice's own


class Pitch(NamedTuple):
    """A median F0 in Hz, and a factor for the source's excursions from it."""

    f0: float
    f0_range: float


def moved_pitch(source_f0: float, wanted: Pitch, parameters: EngineParameters) -> Pitch:
    """Return the pitch of the result for a source of median `source_f0` in Hz.

    Stability narrows it, style widens it.
    """
    share = 0.5 + 0.5 * min(1.0, parameters.similarity / FULL_PITCH)
    f0_range = 1 + (wanted.f0_range - 1) * parameters.amount
    return Pitch(
        source_f0 * (wanted.f0 / source_f0) ** share,
        f0_range * (1.25 - 0.5 * parameters.stability) * (1 + 0.6 * parameters.style),
    )

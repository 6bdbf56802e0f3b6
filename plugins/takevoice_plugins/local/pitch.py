"""How stability, style and similarity move a source's pitch towards a voice's."""

from __future__ import annotations

from typing import NamedTuple

from takevoice_plugins.local.parameters import Parameters

FULL_PITCH = 0.75  # similarity from which the median F0 is the voice's own


class Pitch(NamedTuple):
    """A median F0 in Hz, and how wide the source's excursions from it become."""

    f0: float
    f0_range: float


def moved_pitch(source_f0: float, wanted: Pitch, parameters: Parameters) -> Pitch:
    """What becomes of a source of that median F0 in Hz: calmer by stability, wider by style."""
    share = 0.5 + 0.5 * min(1.0, parameters.similarity / FULL_PITCH)
    f0_range = 1 + (wanted.f0_range - 1) * parameters.amount
    return Pitch(
        source_f0 * (wanted.f0 / source_f0) ** share,
        f0_range * (1.25 - 0.5 * parameters.stability) * (1 + 0.6 * parameters.style),
    )

"""The recipe of a conversion: what the engine does to pitch, formants and spectrum of a take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from takevoice_plugins.local.arrays import Bools, Samples
from takevoice_plugins.local.noise_floor import NoiseFloor

MAX_CHANGE = 18.0 / 4.342944819  # nepers of power: 18 dB


class Differential(Protocol):
    """The change to apply to the spectrum of each grain."""

    @property
    def needs_bands(self) -> bool:
        """True if the change depends on the spectrum of the grain."""

    def __call__(self, voiced: Bools, log_power: Samples | None) -> Samples:
        """Return the change of log power in nepers for n marks: (n, bands).

        `log_power` (n, bands) is given if needed.
        """


@dataclass(frozen=True)
class MeanDifferential:
    """One change for all voiced grains and one for all others: each (bands,) in nepers of power."""

    voiced: Samples
    unvoiced: Samples
    needs_bands: bool = False

    def __call__(self, voiced: Bools, log_power: Samples | None) -> Samples:  # noqa: ARG002
        """Return the change at each mark: (n, bands)."""
        return np.where(voiced[:, None], self.voiced, self.unvoiced)


@dataclass(frozen=True)
class Recipe:
    """Everything that a conversion changes. The defaults change nothing."""

    source_f0: float = 120.0  # Hz, the median
    target_f0: float = 120.0  # Hz, the median
    f0_range: float = 1.0  # factor for the excursions from the median, in octaves
    drift: float = 0.0  # semitones, slow
    formant_factor: float = 1.0  # above 1 is a shorter vocal tract
    first_formant: float = 1.0  # a further factor for the first formant alone; needs a differential
    differential: Differential | None = None
    bands: int = 64  # of the differential, from the lowest
    breath: float = 0.0  # 0 to 1, randomness of the phases above 4.5 kHz
    seed: int = 0
    noise: NoiseFloor | None = None  # of the take

    @property
    def neutral(self) -> bool:
        """True if nothing changes."""
        return (
            self.source_f0 == self.target_f0
            and self.f0_range == 1.0
            and self.drift == 0.0
            and self.formant_factor == 1.0
            and self.differential is None
        )

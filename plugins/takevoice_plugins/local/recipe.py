"""The recipe of a conversion: what the engine does to pitch, formants and spectrum of a take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from takevoice_plugins.local.arrays import Bools, Samples

MOST_CHANGE = 18.0 / 4.342944819  # nepers of power: 18 dB


class Differential(Protocol):
    """How the spectrum of each grain is to change."""

    @property
    def needs_bands(self) -> bool:
        """True when the change depends on the grain's own spectrum."""

    def __call__(self, voiced: Bools, log_power: Samples | None) -> Samples:
        """The change of log power in nepers, (n, bands), for n marks; `log_power` is theirs when it is needed."""


@dataclass(frozen=True)
class MeanDifferential:
    """One change for all voiced grains and one for the others: each (bands,) in nepers of power."""

    voiced: Samples
    unvoiced: Samples
    needs_bands: bool = False

    def __call__(self, voiced: Bools, log_power: Samples | None) -> Samples:  # noqa: ARG002
        """The change of each mark: (n, bands)."""
        return np.where(voiced[:, None], self.voiced, self.unvoiced)


@dataclass(frozen=True)
class Recipe:
    """Everything that is done to a voice. The defaults do nothing."""

    source_f0: float = 120.0  # Hz, the median
    target_f0: float = 120.0  # Hz, the median
    f0_range: float = 1.0  # of the excursion from the median, in octaves
    drift: float = 0.0  # semitones by which F0 wanders slowly
    formant_factor: float = 1.0  # above 1: a shorter vocal tract
    differential: Differential | None = None
    bands: int = 64  # that the differential speaks of
    breath: float = 0.0  # 0 to 1: how noisy the phases above 4.5 kHz become
    seed: int = 0

    @property
    def neutral(self) -> bool:
        """True when nothing is to be done."""
        return (
            self.source_f0 == self.target_f0
            and self.f0_range == 1.0
            and self.drift == 0.0
            and self.formant_factor == 1.0
            and self.differential is None
        )

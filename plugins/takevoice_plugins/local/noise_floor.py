"""The noise of a recording between the words, which a brighter voice must not lift."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from takevoice_plugins.local.arrays import Bools, Samples
from takevoice_plugins.local.mel import DB

QUIET = 0.08  # share of the marks, the quietest ones, that may be pauses
DISTANCE = 15.0  # dB below the median mark: a take whose quietest marks are louder has no pauses
SPEECH = 6.0  # dB over the noise from which a band is more than noise
FADE = 12.0  # dB over the noise, from where nothing changes to the whole change
STEPS = 8  # of the fade: equal changes are computed once
SILENT = 1e-13  # power, of digital silence and dither


@dataclass(frozen=True)
class NoiseFloor:
    """The noise of a take: `level` is the power of its pauses as in `Grains.level`.

    `voiced`, `unvoiced` (bands,): how far each band may be lifted, in nepers: 0 where it has nothing but noise.
    """

    level: float
    voiced: Samples
    unvoiced: Samples

    def limited(self, change: Samples, voiced: Bools) -> Samples:
        """Return the change of log power (n, bands) without the lift of what is only noise."""
        count = change.shape[1]
        limited: Samples = np.minimum(change, np.where(voiced[:, None], self.voiced[:count], self.unvoiced[:count]))
        return limited

    def share(self, level: Samples) -> Samples:
        """Return how much of a change grains of a `level` (n,) get: 0 where there is only noise, 1 in speech."""
        above = DB * np.log(np.maximum(level, SILENT) / self.level) - SPEECH
        share: Samples = np.rint(np.clip(above / FADE, 0, 1) * STEPS) / STEPS
        return share


def find_noise(log_power: Samples, level: Samples, voiced: Bools, active: Bools) -> NoiseFloor | None:
    """Return the noise in the pauses of a take; None if it has none, or they are silent.

    Of marks: `log_power` (n, bands) in nepers, `level` (n,), and which are `voiced` and not in pauses, `active`.
    """
    heard = level > SILENT
    if not (heard & active).any():
        return None
    quiet = heard & (level <= np.quantile(level[heard], QUIET))
    floor = float(np.median(level[quiet]))
    if DB * np.log(np.median(level[active & heard]) / floor) < DISTANCE:
        return None
    noise = log_power[quiet].mean(axis=0)
    limits = []
    for kind in (voiced, ~voiced):
        chosen = active & kind
        speech = log_power[chosen].mean(axis=0) if chosen.any() else noise
        limits.append(np.maximum(speech - noise - SPEECH / DB, 0.0))
    return NoiseFloor(floor, limits[0], limits[1])

"""Power spectra of grains, and the log power of their mel bands."""

from __future__ import annotations

import numpy as np

from takevoice_plugins.local.arrays import Samples, Tape
from takevoice_plugins.local.grains import Grains, cut_grains
from takevoice_plugins.local.marks import TIME
from takevoice_plugins.local.mel import MelBands

LEAST_GAP = 8.0  # samples between two marks


def spectra(grains: Grains, size: int) -> Samples:
    """Power spectra of the grains as if the window's power were 1: (n, size // 2 + 1)."""
    power: Samples = np.abs(np.fft.rfft(grains.samples, size, axis=1)) ** 2 / grains.power[:, None]
    return power


def log_power_at(
    sound: Tape[np.float64],
    marks: Samples,
    chosen: slice,
    scale: float,
    size: int,
    bands: MelBands,
) -> Samples:
    """Log power of the bands around the `chosen` marks, `scale` samples a second: (marks, bands) in nepers."""
    times = marks[:, TIME] * scale
    gaps = np.diff(times, prepend=times[0] - LEAST_GAP, append=times[-1] + LEAST_GAP)
    gaps = np.clip(gaps, LEAST_GAP, size // 2 - 3)
    grains = cut_grains(sound, times[chosen], gaps[:-1][chosen], gaps[1:][chosen])
    return bands.log_power(spectra(grains, size))

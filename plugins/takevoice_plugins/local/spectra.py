"""Power spectra of grains, and the log power of their mel bands."""

from __future__ import annotations

import numpy as np
from scipy.fft import rfft

from takevoice_plugins.local.arrays import Samples, SlidingBuffer
from takevoice_plugins.local.grains import Grains, cut_grains
from takevoice_plugins.local.marks import TIME
from takevoice_plugins.local.mel import MelBands

MIN_GAP = 8.0  # samples between two marks


def spectra(grains: Grains, size: int) -> Samples:
    """Return the power spectra of grains, normalised to a window power of 1: (n, size // 2 + 1)."""
    spectrum = rfft(grains.samples, size, axis=1)
    power: Samples = (spectrum.real**2 + spectrum.imag**2) / grains.power[:, None]
    return power


def log_power_at(
    sound: SlidingBuffer[np.float32],
    marks: Samples,
    chosen: slice,
    scale: float,
    size: int,
    bands: MelBands,
) -> tuple[Samples, Samples]:
    """Return the log power of the bands around the `chosen` marks in nepers, and their levels: (marks, bands), (marks,).

    `scale` is the sample rate of `sound` in Hz, `size` the FFT size.
    """
    times = marks[:, TIME] * scale
    gaps = np.diff(times, prepend=times[0] - MIN_GAP, append=times[-1] + MIN_GAP)
    gaps = np.clip(gaps, MIN_GAP, size // 2 - 3)
    grains = cut_grains(sound, times[chosen], gaps[:-1][chosen], gaps[1:][chosen])
    return bands.log_power(spectra(grains, size)), grains.level(scale)

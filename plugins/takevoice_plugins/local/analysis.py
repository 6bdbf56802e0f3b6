"""Analysis of a source before its conversion: F0, voicing and spectra, from excerpts of the take."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from takevoice_plugins.local.arrays import Bools, Samples, SlidingBuffer
from takevoice_plugins.local.marks import F0, VOICED, find_marks
from takevoice_plugins.local.mel import DB, MelBands, bands_carrying, fft_size
from takevoice_plugins.local.register import Register
from takevoice_plugins.local.spectra import log_power_at

DEFAULT_F0 = 120.0  # Hz, if nothing is voiced
MIN_MARKS = 20  # voiced or unvoiced marks that a mean needs
ACTIVE = 39.0  # dB below the loud parts; quieter marks count as pauses
LOUD = 97  # percentile
EVERY = 3  # only every third mark is analysed, which is enough
STRAY = 1.0  # octaves from the median; F0 further away is left out of the spread


@dataclass(frozen=True)
class SourceAnalysis:
    """The analysed marks of a source and the spectra around them.

    `marks` (n, 3) as in `marks.py`; `log_power` (n, mel.BANDS) in nepers; `all_marks` also has the marks in between.
    """

    sample_rate: int
    marks: Samples
    log_power: Samples
    all_marks: Samples
    register: Register | None = None

    @cached_property
    def f0(self) -> float:
        """The median F0 over time in Hz; 120 if nothing is voiced."""
        f0 = np.sort(self.marks[self.voiced, F0])
        if not len(f0):
            return DEFAULT_F0
        # A high voice has more marks per second, so each mark is weighted by its period.
        time = np.cumsum(1 / f0)
        return float(f0[np.searchsorted(time, time[-1] / 2)])

    @cached_property
    def f0_spread(self) -> float:
        """The standard deviation of F0 in octaves, without outliers; 0 if nothing is voiced."""
        octaves = np.log2(self.marks[self.voiced, F0] / self.f0)
        near = octaves[np.abs(octaves) < STRAY]
        return float(np.std(near)) if len(near) else 0.0

    @cached_property
    def bands(self) -> int:
        """The number of bands that carry sound, counted from the lowest."""
        return bands_carrying(self.log_power)

    @property
    def voiced(self) -> Bools:
        """True for each voiced mark: (n,)."""
        voiced: Bools = self.marks[:, VOICED] > 0
        return voiced

    @cached_property
    def active(self) -> Bools:
        """True for each mark in speech, False in pauses: (n,)."""
        energy = DB * np.log(np.exp(self.log_power).sum(axis=1))
        active: Bools = energy > np.percentile(energy, LOUD) - ACTIVE
        return active

    def mean(self, voiced: bool) -> Samples | None:
        """The mean log power (mel.BANDS,) of voiced or unvoiced speech; None if there is too little of it."""
        chosen = self.active & (self.voiced == voiced)
        if chosen.sum() < MIN_MARKS:
            return None
        mean: Samples = self.log_power[chosen].mean(axis=0)
        return mean


def analyse(samples: Samples, sample_rate: int) -> SourceAnalysis:
    """Analyse mono samples (n,), full scale at 1.0."""
    marks, register = find_marks(samples, sample_rate)
    sound = SlidingBuffer(np.float64)
    sound.append(samples)
    size, bands = fft_size(sample_rate), MelBands(sample_rate)
    piece = 200 * EVERY
    powers = [
        log_power_at(sound, marks, slice(start, start + piece, EVERY), sample_rate, size, bands)
        for start in range(0, len(marks), piece)
    ]
    return SourceAnalysis(sample_rate, marks[::EVERY], np.concatenate(powers), marks, register)

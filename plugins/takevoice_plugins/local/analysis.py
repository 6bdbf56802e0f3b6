"""What the engine knows about a source before it begins: its F0 and its bands, from samples across the take."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from takevoice_plugins.local.arrays import Bools, Samples, Tape
from takevoice_plugins.local.marks import F0, VOICED, MarkStream
from takevoice_plugins.local.mel import DB, MelBands, bands_carrying, fft_size
from takevoice_plugins.local.spectra import log_power_at

DEFAULT_F0 = 120.0  # Hz, where nothing is voiced
LEAST_MARKS = 20  # of a kind, to speak of its mean
ACTIVE = 39.0  # dB below the loud parts to which a mark counts as speech
LOUD = 97  # percentile
EVERY = 3  # marks; each third one tells enough
BLOCK = 1.0  # seconds
STRAY = 1.0  # octaves from the median beyond which an F0 says nothing of its spread


@dataclass(frozen=True)
class Analysis:
    """Marks (n, 3) as in `marks`, and log power (n, mel.BANDS) in nepers around each; `all_marks` has those between too."""

    sample_rate: int
    marks: Samples
    log_power: Samples
    all_marks: Samples

    @cached_property
    def f0(self) -> float:
        """The median F0 over time, in Hz; 120 where nothing is voiced."""
        f0 = np.sort(self.marks[self.voiced, F0])
        if not len(f0):
            return DEFAULT_F0
        # A high voice has more marks a second: each counts for its period.
        time = np.cumsum(1 / f0)
        return float(f0[np.searchsorted(time, time[-1] / 2)])

    @cached_property
    def f0_spread(self) -> float:
        """The standard deviation of the F0 around its median, in octaves, without strays; 0 where nothing is voiced."""
        octaves = np.log2(self.marks[self.voiced, F0] / self.f0)
        near = octaves[np.abs(octaves) < STRAY]
        return float(np.std(near)) if len(near) else 0.0

    @cached_property
    def bands(self) -> int:
        """How many bands, from the lowest, carry sound."""
        return bands_carrying(self.log_power)

    @property
    def voiced(self) -> Bools:
        """Which marks are voiced."""
        voiced: Bools = self.marks[:, VOICED] > 0
        return voiced

    @cached_property
    def active(self) -> Bools:
        """Which marks are speech, not pause."""
        energy = DB * np.log(np.exp(self.log_power).sum(axis=1))
        active: Bools = energy > np.percentile(energy, LOUD) - ACTIVE
        return active

    def mean(self, voiced: bool) -> Samples | None:
        """The mean log power (mel.BANDS,) of the voiced speech, or of the rest; None if there is too little."""
        chosen = self.active & (self.voiced == voiced)
        if chosen.sum() < LEAST_MARKS:
            return None
        mean: Samples = self.log_power[chosen].mean(axis=0)
        return mean


def analyse(samples: Samples, sample_rate: int) -> Analysis:
    """Analyses mono samples (n,), full scale at 1.0."""
    stream, sound = MarkStream(sample_rate), Tape(np.float64)
    sound.append(samples)
    block = int(BLOCK * sample_rate)
    marks = np.concatenate(
        [
            stream.push(samples[start : start + block], start + block >= len(samples))
            for start in range(0, max(1, len(samples)), block)
        ]
    )
    size, bands = fft_size(sample_rate), MelBands(sample_rate)
    piece = 200 * EVERY
    powers = [
        log_power_at(sound, marks, slice(start, start + piece, EVERY), sample_rate, size, bands)
        for start in range(0, len(marks), piece)
    ]
    return Analysis(sample_rate, marks[::EVERY], np.concatenate(powers), marks)

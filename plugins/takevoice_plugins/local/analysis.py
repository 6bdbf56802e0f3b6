"""Analysis of a source before its conversion: F0, voicing and spectra, from excerpts of the take."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from takevoice_plugins.local.arrays import Bools, Samples, SlidingBuffer
from takevoice_plugins.local.marks import F0, VOICED, find_marks
from takevoice_plugins.local.mel import DB, MelBands, bands_carrying, fft_size
from takevoice_plugins.local.noise_floor import NoiseFloor, find_noise
from takevoice_plugins.local.register import ANYONE, Register
from takevoice_plugins.local.speaker import Speaker, measured
from takevoice_plugins.local.spectra import log_power_at
from takevoice_plugins.local.tract import evidence

DEFAULT_F0 = 120.0  # Hz, if nothing is voiced
MIN_MARKS = 20  # voiced or unvoiced marks that a mean needs
ACTIVE = 39.0  # dB below the loud parts; quieter marks count as pauses
PITCHED = 20.0  # dB below the loud voiced marks; what is quieter may be the mains' hum
LOUD = 97  # percentile
EVERY = 3  # only every third mark is analysed, which is enough


@dataclass(frozen=True)
class SourceAnalysis:
    """The analysed marks of a source and the spectra around them.

    `marks` (n, 3) as in `marks.py`; `log_power` (n, mel.BANDS) in nepers; `level` (n,) as in `Grains.level`; `all_marks`
    also has the marks in between.
    """

    sample_rate: int
    marks: Samples
    log_power: Samples
    all_marks: Samples
    level: Samples
    register: Register = ANYONE
    known: Speaker | None = None  # of other takes

    @cached_property
    def own(self) -> Speaker:
        """What this take alone tells of its speaker."""
        counts = [int((self.active & (self.voiced == kind)).sum()) for kind in (True, False)]
        voiced = np.repeat(self.marks[self.pitched, F0], EVERY)
        evident = evidence(self.log_power[self.active & self.voiced])
        return measured(voiced, evident, self._mean(True), self._mean(False), (counts[0], counts[1]))

    @cached_property
    def speaker(self) -> Speaker:
        """What is known of the speaker, with this take."""
        return self.own if self.known is None else self.known.merged(self.own)

    @property
    def f0(self) -> float:
        """The speaker's median F0 over time in Hz; 120 if nothing is voiced."""
        return self.speaker.f0 or DEFAULT_F0

    @property
    def f0_spread(self) -> float:
        """The standard deviation of the speaker's F0 in octaves, without outliers; 0 if nothing is voiced."""
        return self.speaker.f0_spread

    @property
    def tract(self) -> float:
        """The formant factor of the speaker: 1 is average, above is a shorter vocal tract."""
        return self.speaker.tract

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
        active: Bools = self._energy > np.percentile(self._energy, LOUD) - ACTIVE
        return active

    @cached_property
    def pitched(self) -> Bools:
        """True for each voiced mark but the quietest, as what hums or rings on in pauses has a pitch too: (n,)."""
        pitched: Bools = self.voiced.copy()
        if pitched.any():
            pitched &= self._energy > np.percentile(self._energy[pitched], LOUD) - PITCHED
        return pitched

    @cached_property
    def _energy(self) -> Samples:
        """The level of each mark in dB: (n,)."""
        energy: Samples = DB * np.log(np.exp(self.log_power).sum(axis=1))
        return energy

    @cached_property
    def noise(self) -> NoiseFloor | None:
        """The noise in the pauses, if there is any."""
        return find_noise(self.log_power[:, : self.bands], self.level, self.voiced, self.active)

    def mean(self, voiced: bool) -> Samples | None:
        """The mean log power (mel.BANDS,) of the speaker's voiced or unvoiced sounds; None if too little is known."""
        spectrum = self.speaker.voiced if voiced else self.speaker.unvoiced
        return np.array(spectrum.mean) if spectrum.frames >= MIN_MARKS else None

    def _mean(self, voiced: bool) -> Samples | None:
        chosen = self.active & (self.voiced == voiced)
        if chosen.sum() < MIN_MARKS:
            return None
        mean: Samples = self.log_power[chosen].mean(axis=0)
        return mean


def analyse(samples: Samples, sample_rate: int, known: Speaker | None = None) -> SourceAnalysis:
    """Analyse mono samples (n,), full scale at 1.0. `known` is what is known of the speaker already."""
    marks, register = find_marks(samples, sample_rate)
    sound = SlidingBuffer(np.float32)
    sound.append(samples)
    size, bands = fft_size(sample_rate), MelBands(sample_rate)
    piece = 200 * EVERY
    measured_marks = [
        log_power_at(sound, marks, slice(start, start + piece, EVERY), sample_rate, size, bands)
        for start in range(0, len(marks), piece)
    ]
    power, level = (np.concatenate(parts) for parts in zip(*measured_marks, strict=True))
    return SourceAnalysis(sample_rate, marks[::EVERY], power, marks, level, register, known)

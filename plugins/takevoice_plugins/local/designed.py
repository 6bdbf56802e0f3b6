"""Designed voices as the engine's recipes: an average voice with this one's tract, tilt and signature."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from takevoice_plugins.local.analysis import Analysis
from takevoice_plugins.local.arrays import Samples
from takevoice_plugins.local.catalogue import PRESETS, DesignedVoice
from takevoice_plugins.local.mel import DB, centres, cosines, warp
from takevoice_plugins.local.parameters import Parameters
from takevoice_plugins.local.pitch import Pitch, moved_pitch
from takevoice_plugins.local.recipe import MeanDifferential, Recipe

AVERAGE = Path(__file__).with_name("average_voice.json")
RIPPLES = 8  # cosines in a signature
MOST_RIPPLE = 1.6  # standard deviations
CUT, BOOST = 11.0, 11.0  # dB, the most that a designed voice takes away or adds
ABOVE = 2.0  # dB, the most taken away above the average voice's bands
LEAST_CHANGE = 3.5  # dB RMS across the bands, so that a voice never falls together with its source
WITHOUT_BOOST = 0.7
FACTORS = (0.75, 1.35)  # formant factors that still sound like a person
TYPICAL_F0 = 140.0  # Hz, of a tract of 1.0


@dataclass(frozen=True)
class AverageVoice:
    """Log power in nepers over the lowest bands, of a tract of 1.0, free of level; `spread` is of its cosines between people."""

    voiced: Samples
    unvoiced: Samples
    spread: Samples


@cache
def average_voice() -> AverageVoice:
    """The table that `tests/bench/make_average_voice.py` made."""
    table = json.loads(AVERAGE.read_text(encoding="utf-8"))
    return AverageVoice(*(np.array(table[name]) / DB for name in ("voiced_db", "unvoiced_db", "spread_db")))


def usual_tract(f0: float) -> float:
    """The formant factor that mostly goes with a median F0 in Hz: children and women have shorter tracts."""
    return float(np.clip((f0 / TYPICAL_F0) ** 0.33, 0.88, 1.22))


def signature(seed: int) -> Samples:
    """What is this voice's own, over the average voice's bands, in nepers."""
    average = average_voice()
    count = len(average.voiced)
    weights = np.zeros(count)
    ripples = np.random.default_rng(seed).standard_normal(RIPPLES)
    weights[1 : RIPPLES + 1] = np.clip(ripples, -MOST_RIPPLE, MOST_RIPPLE) * average.spread[1 : RIPPLES + 1]
    own: Samples = weights @ cosines(count)
    return own


def target_spectrum(voice: DesignedVoice, voiced: bool) -> Samples:
    """The voice's mean log power over the average voice's bands, in nepers, free of level."""
    average = average_voice()
    count = len(average.voiced)
    tilt = voice.tilt / DB * np.log2(np.maximum(centres()[:count], 1000.0) / 1000.0)
    shape = warp(average.voiced if voiced else average.unvoiced, voice.tract)
    target: Samples = shape + signature(voice.signature) + tilt
    target -= target.mean()
    return target


@dataclass(frozen=True)
class DesignedProfile:
    """A designed voice as the engine asks for it."""

    voice: DesignedVoice

    def recipe(self, source: Analysis, parameters: Parameters) -> Recipe:
        """How to get from the analysed source to this voice."""
        voice, amount = self.voice, parameters.amount
        factor = float(np.clip(1 + (voice.tract / usual_tract(source.f0) - 1) * amount, *FACTORS))
        pitch = moved_pitch(source.f0, Pitch(voice.f0, voice.f0_range), parameters)
        return Recipe(
            source_f0=source.f0,
            target_f0=pitch.f0,
            f0_range=pitch.f0_range,
            drift=parameters.drift,
            formant_factor=factor,
            differential=MeanDifferential(
                self._change(source, True, factor, parameters),
                self._change(source, False, factor, parameters),
            ),
            bands=source.bands,
            breath=voice.breath,
            seed=parameters.seed,
        )

    def _change(self, source: Analysis, voiced: bool, factor: float, parameters: Parameters) -> Samples:
        """The change of log power over the source's bands, in nepers: (bands,)."""
        mean = source.mean(voiced)
        change = np.zeros(source.bands)
        if mean is None:
            return change
        target = target_spectrum(self.voice, voiced)
        count = min(source.bands, len(target))
        difference = _smooth(target[:count] - warp(mean[: source.bands], factor)[:count])
        difference = _apart(difference - difference.mean(), signature(self.voice.signature)[:count])
        change[:count] = np.clip(difference, -CUT / DB, BOOST / DB)
        change[count:] = np.clip(change[count - 1], -ABOVE / DB, 0)
        return change * parameters.amount * (1.0 if parameters.boost else WITHOUT_BOOST)


def profile(voice_id: str) -> DesignedProfile:
    """The designed voice of that id."""
    return DesignedProfile({voice.id: voice for voice in PRESETS}[voice_id])


def _smooth(values: Samples) -> Samples:
    """The mean of each five neighbours."""
    smooth: Samples = np.convolve(np.pad(values, 2, "edge"), np.ones(5) / 5, "valid")
    return smooth


def _apart(change: Samples, own: Samples) -> Samples:
    """The change, with more of the voice's own signature until it is large enough to be heard as another person."""
    for more in np.arange(0.0, 3.0, 0.25):
        wider: Samples = change + more * (own - own.mean())
        if DB * np.sqrt(np.mean(wider**2)) >= LEAST_CHANGE:
            return wider
    return wider

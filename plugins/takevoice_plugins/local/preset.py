"""Recipes for the preset voices: an average voice with the vocal tract, tilt and signature of the preset."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from takevoice_plugins.local.analysis import SourceAnalysis
from takevoice_plugins.local.arrays import Samples
from takevoice_plugins.local.catalogue import PRESETS, PresetVoice
from takevoice_plugins.local.mel import DB, centres, cosines, warp
from takevoice_plugins.local.parameters import EngineParameters
from takevoice_plugins.local.pitch import Pitch, moved_pitch
from takevoice_plugins.local.recipe import MeanDifferential, Recipe

AVERAGE = Path(__file__).with_name("average_voice.json")
RIPPLES = 8  # cosines in a signature
MAX_RIPPLE = 1.6  # standard deviations
MAX_SPREAD = 8.0  # dB; between speakers the slope differs more, mostly by their microphones
BROAD = 2  # cosines of the difference between speaker and voice, slope and bow: what is narrower carries the words
PAST = 3.0  # how far slope and bow move, times that difference: past the voice's, away from the speaker's
MOST = 7.0  # dB, which the change approaches
CONSONANTS = 0.5  # share of the difference for unvoiced sounds, whose mean says more about the words than the speaker
ABOVE = 2.0  # dB, limit of the cut above the bands of the average voice
WITHOUT_BOOST = 0.7  # share of the change without speaker boost
FACTORS = (0.75, 1.35)  # limits of formant factors that still sound human
LEAST_MOVE = 0.23  # of the formants, by which a voice differs from its source: less is heard as the same person
LONG = 0.95  # factor of vocal tracts below which they are a man's
BETWEEN = 152.0  # Hz; who speaks lower than this is likelier a man, while a higher F0 may be a man's shout
F0_WEIGHT, F0_MOST = 0.5, 0.06  # of the log of F0, and how much of a log factor that is at most
SHORTEST = 1.2  # factor of vocal tracts above which they are a child's
SHORT = 1.22  # factor of vocal tracts that are so short that higher formants cost words
LEAST_HIGHER = 0.10  # of the formants above the first, however short the tract
OF_VOICE = 0.25  # share of the log of the voice's tract that is added to that: voices stay apart
MORE = 3.5  # how much further the first formant then moves than the others less, by the log of the voice's tract
LOW = 190.0  # Hz, F0 of voices that are lower than a woman's


@dataclass(frozen=True)
class AverageVoice:
    """The average of several speakers, for a tract of 1.0.

    Mean log power in nepers over the lowest bands, without level: (bands,). `spread` (bands,) is the standard
    deviation of its cosines between speakers.
    """

    voiced: Samples
    unvoiced: Samples
    spread: Samples


@cache
def average_voice() -> AverageVoice:
    """Return the average voice, as written by `tests/bench/make_tract_model.py`."""
    table = json.loads(AVERAGE.read_text(encoding="utf-8"))
    return AverageVoice(*(np.array(table[name]) / DB for name in ("voiced_db", "unvoiced_db", "spread_db")))


def signature(seed: int) -> Samples:
    """Return the spectral details for a seed, in nepers over the bands of the average voice: (bands,)."""
    average = average_voice()
    count = len(average.voiced)
    weights = np.zeros(count)
    ripples = np.random.default_rng(seed).standard_normal(RIPPLES)
    weights[1 : RIPPLES + 1] = np.clip(ripples, -MAX_RIPPLE, MAX_RIPPLE) * np.minimum(
        average.spread[1 : RIPPLES + 1], MAX_SPREAD / DB
    )
    own: Samples = weights @ cosines(count)
    return own


def target_spectrum(voice: PresetVoice, voiced: bool) -> Samples:
    """Return the mean log power of a voice in nepers over the bands of the average voice, without its signature."""
    average = average_voice()
    count = len(average.voiced)
    tilt = voice.tilt / DB * np.log2(np.maximum(centres()[:count], 1000.0) / 1000.0)
    shape = warp(average.voiced if voiced else average.unvoiced, voice.tract)
    target: Samples = shape + tilt
    return target


@dataclass(frozen=True)
class PresetProfile:
    """A preset voice with the interface of the engine."""

    voice: PresetVoice

    def recipe(self, source: SourceAnalysis, parameters: EngineParameters) -> Recipe:
        """Return the recipe that converts the analysed source to this voice."""
        voice, amount = self.voice, parameters.preset_amount
        factor, first_formant = _formant_factors(voice, source, amount)
        pitch = moved_pitch(source.f0, Pitch(voice.f0, voice.f0_range), parameters)
        return Recipe(
            source_f0=source.f0,
            target_f0=pitch.f0,
            f0_range=pitch.f0_range,
            drift=parameters.drift,
            formant_factor=factor,
            first_formant=first_formant,
            differential=MeanDifferential(
                self._change(source, True, factor, parameters),
                self._change(source, False, factor, parameters),
            ),
            bands=source.bands,
            breath=voice.breath,
            seed=parameters.seed,
        )

    def _change(
        self, source: SourceAnalysis, voiced: bool, factor: float, parameters: EngineParameters
    ) -> Samples:
        """Return the change of log power in nepers over the bands of the source: (bands,)."""
        mean = source.mean(voiced)
        change = np.zeros(source.bands)
        if mean is None:
            return change
        target = target_spectrum(self.voice, voiced)
        count = min(source.bands, len(target))
        difference = PAST * _broad(target[:count] - warp(mean[: source.bands], factor)[:count])
        if not voiced:
            difference *= CONSONANTS
        own = signature(self.voice.signature)[:count]
        difference += own - own.mean()
        change[:count] = MOST / DB * np.tanh(difference * DB / MOST)
        # Without more energy in all, what lies above these bands stays as loud as it was.
        power = np.exp(mean[:count] - mean[:count].max())
        change[:count] -= np.log((power * np.exp(change[:count])).sum() / power.sum())
        change[count:] = np.clip(change[count - 1], -ABOVE / DB, 0)
        return change * parameters.preset_amount * (1.0 if parameters.boost else WITHOUT_BOOST)


def _formant_factors(voice: PresetVoice, source: SourceAnalysis, amount: float) -> tuple[float, float]:
    """Return the formant factor from the tract of a source to that of a voice, never near 1, and that of the first alone.

    The words are in the second and third: they would get lost at the formants of a small child, the first alone may go there.
    """
    octaves, own = np.log(voice.tract / source.tract), np.log(voice.tract)
    if abs(octaves) < LEAST_MOVE:
        octaves = LEAST_MOVE if _goes_up(voice, source) else -LEAST_MOVE
    most = max(0.0, octaves - LEAST_HIGHER - OF_VOICE * own)
    less = float(np.clip(octaves + np.log(source.tract / SHORT), 0.0, most))
    first = np.exp((1 + MORE * own) * less * amount)
    return float(np.clip(np.exp((octaves - less) * amount), *FACTORS)), float(first)


def _goes_up(voice: PresetVoice, source: SourceAnalysis) -> bool:
    """Return True if the formants go up to a voice whose tract is near the source's.

    Those of low voices go up for men and down for women: no person has a tract much longer than a man's, or a woman's
    higher formants with a man's pitch, and words are lost there. Those of high voices go down only for children.
    Tract and pitch decide together who is a man: by the tract alone, one man's tracks more often became two people.
    """
    if voice.f0 >= LOW:
        return source.tract < max(voice.tract, SHORTEST)
    higher = float(np.clip(F0_WEIGHT * np.log(source.f0 / BETWEEN), -F0_MOST, 0.0))
    return bool(np.log(source.tract / LONG) + higher < 0)


def profile(voice_id: str) -> PresetProfile:
    """Return the profile of the preset voice with the id `voice_id`; raises KeyError if there is none."""
    return PresetProfile({voice.id: voice for voice in PRESETS}[voice_id])


def _broad(values: Samples) -> Samples:
    """Return what is broad in a spectrum (bands,): a narrow hill or valley would be heard as a formant."""
    shapes = cosines(len(values))[1 : BROAD + 1]
    broad: Samples = (values @ shapes.T) @ shapes
    return broad

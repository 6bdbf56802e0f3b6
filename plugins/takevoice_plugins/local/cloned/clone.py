"""Recipes for cloned voices: a map from the spectra of the source to those of the voice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from takevoice_plugins.local.analysis import MIN_MARKS, SourceAnalysis
from takevoice_plugins.local.arrays import Bools, Samples
from takevoice_plugins.local.cloned.profile import LEVEL_LOWEST, LEVEL_STEP, Profile
from takevoice_plugins.local.cloned.transport import TransportMap, cloud, shapes
from takevoice_plugins.local.mel import DB, warp
from takevoice_plugins.local.parameters import EngineParameters
from takevoice_plugins.local.pitch import Pitch, moved_pitch
from takevoice_plugins.local.recipe import MAX_CHANGE, Recipe
from takevoice_plugins.local.tract import evidence, tract_of

FACTORS = (0.75, 1.35)  # limits of formant factors that still sound human
SAME_TRACT, SAME_PITCH, SAME_SPECTRUM = 0.05, 3.0, 4.0  # of the logarithm, semitones, dB: usual between takes of one
MOST_PITCH = 1.5  # times that: a speaker may be excited, or creak for a while
SAME, ANOTHER = 2.0, 2.9  # all of it: below, a take is by the speaker of the voice, and above, by another person
MIN_SPREAD = 0.03  # octaves
RANGES = (0.7, 1.4)  # limits of the factor for F0 excursions


@dataclass(frozen=True)
class MapDifferential:
    """A change that depends on the spectrum of each grain.

    Without a map, that kind of grain is not changed.
    """

    voiced: TransportMap | None
    unvoiced: TransportMap | None
    bands: int
    amount: float
    needs_bands: bool = True

    def __call__(self, voiced: Bools, log_power: Samples | None) -> Samples:
        """Return the change of log power in nepers for n marks: (n, bands)."""
        assert log_power is not None
        change = np.zeros(log_power.shape)
        rows = shapes(self.bands)
        for kind, mapping in ((voiced, self.voiced), (~voiced, self.unvoiced)):
            if mapping is not None and kind.any():
                frames = log_power[kind][:, : self.bands] @ rows.T
                change[kind, : self.bands] = self.amount * (mapping(frames) - frames) @ rows
        # Above the bands of the voice the change follows the last band, down but not up.
        change[:, self.bands :] = np.clip(change[:, self.bands - 1 : self.bands], -MAX_CHANGE / 2, 0)
        return change


@dataclass(frozen=True)
class ClonedProfile:
    """A cloned voice with the interface of the engine."""

    profile: Profile

    def recipe(self, source: SourceAnalysis, parameters: EngineParameters) -> Recipe:
        """Return the recipe that converts the analysed source to this voice."""
        profile = self.profile
        bands = min(source.bands, profile.bands)
        voiced, unvoiced = (
            frames_of(packed, profile.bands)[:, :bands] for packed in (profile.voiced, profile.unvoiced)
        )
        tract = tract_of(evidence(voiced))
        amount = parameters.amount * _difference(source, profile.f0, tract, voiced, unvoiced)
        share = amount / parameters.amount
        factor = float(np.clip((tract / source.tract) ** amount, *FACTORS))
        spread = np.clip(profile.f0_spread / max(source.f0_spread, MIN_SPREAD), *RANGES) ** share
        wanted = Pitch(source.f0 * (profile.f0 / source.f0) ** share, float(spread))
        pitch = moved_pitch(source.f0, wanted, parameters)
        return Recipe(
            source_f0=source.f0,
            target_f0=pitch.f0,
            f0_range=pitch.f0_range,
            drift=parameters.drift,
            formant_factor=factor,
            differential=MapDifferential(
                _map(source, True, voiced, factor), _map(source, False, unvoiced, factor), bands, amount
            ),
            bands=source.bands,
            seed=parameters.seed,
        )


def frames_of(packed: bytes, bands: int) -> Samples:
    """Unpack frames of a profile to log power in nepers: (n, bands)."""
    steps = np.frombuffer(packed, np.uint8).reshape(-1, bands)
    power: Samples = (steps * LEVEL_STEP + LEVEL_LOWEST) / DB
    return power


def _difference(source: SourceAnalysis, f0: float, tract: float, voiced: Samples, unvoiced: Samples) -> float:
    """Return 0 if the source sounds like the speaker of the voice, 1 if like another person, or something in between.

    `voiced` and `unvoiced` (n, bands): log power of the voice in nepers.
    """
    distance = abs(np.log(tract / source.tract)) / SAME_TRACT
    distance += min(abs(12 * np.log2(f0 / source.f0)) / SAME_PITCH, MOST_PITCH)
    for kind, frames in ((True, voiced), (False, unvoiced)):
        mean = source.mean(kind)
        if mean is None or len(frames) < MIN_MARKS:
            return 1.0
        distance += DB * float(np.std(mean[: frames.shape[1]] - frames.mean(axis=0))) / SAME_SPECTRUM
    return float(np.clip((distance - SAME) / (ANOTHER - SAME), 0, 1))


def _map(source: SourceAnalysis, voiced: bool, target: Samples, factor: float) -> TransportMap | None:
    """Return the map for voiced or unvoiced frames; None if there are too few of them."""
    observed = source.log_power[source.active & (source.voiced == voiced)][:, : source.bands]
    if len(observed) < MIN_MARKS or len(target) < MIN_MARKS:
        return None
    # A short take has the spectra of its few sounds: the speaker's are those of all takes.
    mean = source.mean(voiced)
    if mean is not None:
        observed = observed - observed.mean(axis=0) + mean[: source.bands]
    return TransportMap(cloud(warp(observed, factor)[:, : target.shape[1]]), cloud(target))

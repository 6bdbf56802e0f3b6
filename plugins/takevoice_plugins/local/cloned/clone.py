"""Recipes for cloned voices: a map from the spectra of the source to those of the voice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from takevoice_plugins.local.analysis import MIN_MARKS, SourceAnalysis
from takevoice_plugins.local.arrays import Bools, Samples
from takevoice_plugins.local.cloned.profile import LEVEL_LOWEST, LEVEL_STEP, Profile
from takevoice_plugins.local.cloned.transport import TransportMap, cloud, shapes
from takevoice_plugins.local.mel import DB, MIN_BANDS, centres, warp
from takevoice_plugins.local.parameters import EngineParameters
from takevoice_plugins.local.pitch import Pitch, moved_pitch
from takevoice_plugins.local.recipe import MAX_CHANGE, Recipe

FACTORS = np.arange(0.79, 1.30, 0.03)  # formant factors to try
FORMANTS_TO = 5500.0  # Hz, the highest frequency used to find the factor
COARSE = 12  # cosines: they show formants but no harmonics
SOURCE_FRAMES = 400  # frames of the source used to find the factor
VOICE_FRAMES = 1200  # frames of the voice that they are compared with
NEAREST = 4  # frames of the voice whose mean distance counts
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
        factor = 1 + (best_factor(source, voiced) - 1) * parameters.amount
        wanted = Pitch(profile.f0, np.clip(profile.f0_spread / max(source.f0_spread, MIN_SPREAD), *RANGES))
        pitch = moved_pitch(source.f0, wanted, parameters)
        return Recipe(
            source_f0=source.f0,
            target_f0=pitch.f0,
            f0_range=pitch.f0_range,
            drift=parameters.drift,
            formant_factor=factor,
            differential=MapDifferential(
                _map(source, True, voiced, factor, parameters.boost),
                _map(source, False, unvoiced, factor, parameters.boost),
                bands,
                parameters.amount,
            ),
            bands=source.bands,
            seed=parameters.seed,
        )


def frames_of(packed: bytes, bands: int) -> Samples:
    """Unpack frames of a profile to log power in nepers: (n, bands)."""
    steps = np.frombuffer(packed, np.uint8).reshape(-1, bands)
    power: Samples = (steps * LEVEL_STEP + LEVEL_LOWEST) / DB
    return power


def best_factor(source: SourceAnalysis, voiced: Samples) -> float:
    """Return the formant factor that brings the spectra of the source closest to those of the voice.

    `voiced` (n, bands): log power of the voice in nepers. Means and deviations are normalised before the comparison.
    """
    observed = source.log_power[source.active & source.voiced]
    if len(observed) < MIN_MARKS or len(voiced) < MIN_MARKS:
        return 1.0
    bands = min(voiced.shape[1], max(MIN_BANDS, int(np.searchsorted(centres(), FORMANTS_TO))))
    rows = shapes(bands)[:COARSE]
    references = _normalised(_thinned(voiced[:, :bands], VOICE_FRAMES) @ rows.T)
    observed = _thinned(observed[:, : source.bands], SOURCE_FRAMES)
    distances = []
    for factor in FACTORS:
        frames = _normalised(warp(observed, float(factor))[:, :bands] @ rows.T)
        distance = (frames**2).sum(axis=1)[:, None] - 2 * frames @ references.T + (references**2).sum(axis=1)
        nearest = np.partition(distance, NEAREST, axis=1)[:, :NEAREST]
        distances.append(np.sqrt(np.maximum(nearest, 0)).mean())
    return float(FACTORS[int(np.argmin(distances))])


def _thinned(frames: Samples, most: int) -> Samples:
    return frames[np.linspace(0, len(frames) - 1, min(most, len(frames))).astype(np.int64)]


def _normalised(frames: Samples) -> Samples:
    normal: Samples = (frames - frames.mean(axis=0)) / np.maximum(frames.std(axis=0), 1e-6)
    return normal


def _map(
    source: SourceAnalysis, voiced: bool, target: Samples, factor: float, refine: bool
) -> TransportMap | None:
    """Return the map for voiced or unvoiced frames; None if there are too few of them."""
    observed = source.log_power[source.active & (source.voiced == voiced)][:, : source.bands]
    if len(observed) < MIN_MARKS or len(target) < MIN_MARKS:
        return None
    return TransportMap(cloud(warp(observed, factor)[:, : target.shape[1]]), cloud(target), refine)

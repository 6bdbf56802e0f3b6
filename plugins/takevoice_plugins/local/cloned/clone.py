"""A made voice as the engine asks for it: where the source's spectra belong in the cloud of the voice's own."""

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

FACTORS = np.arange(0.79, 1.30, 0.03)
FORMANTS_TO = 5500.0  # Hz
COARSE = 12  # cosines: the place of formants, and no harmonics
HEARD = 400  # frames by which the factor is judged
JUDGES = 1200  # frames of the voice that they are held against
NEAREST = 4
MIN_SPREAD = 0.03  # octaves
RANGES = (0.7, 1.4)


@dataclass(frozen=True)
class MapDifferential:
    """The change of each grain that its own spectrum calls for; a kind without a map is left alone."""

    voiced: TransportMap | None
    unvoiced: TransportMap | None
    bands: int
    amount: float
    needs_bands: bool = True

    def __call__(self, voiced: Bools, log_power: Samples | None) -> Samples:
        """The change of log power in nepers: (n, bands)."""
        assert log_power is not None
        change = np.zeros(log_power.shape)
        rows = shapes(self.bands)
        for kind, mapping in ((voiced, self.voiced), (~voiced, self.unvoiced)):
            if mapping is not None and kind.any():
                frames = log_power[kind][:, : self.bands] @ rows.T
                change[kind, : self.bands] = self.amount * (mapping(frames) - frames) @ rows
        # What lies above the voice's own bands follows the last one, down but not up.
        change[:, self.bands :] = np.clip(change[:, self.bands - 1 : self.bands], -MAX_CHANGE / 2, 0)
        return change


@dataclass(frozen=True)
class ClonedProfile:
    """A made voice."""

    profile: Profile

    def recipe(self, source: SourceAnalysis, parameters: EngineParameters) -> Recipe:
        """How to get from the analysed source to this voice."""
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
    """A profile's frames as log power in nepers: (n, bands)."""
    steps = np.frombuffer(packed, np.uint8).reshape(-1, bands)
    power: Samples = (steps * LEVEL_STEP + LEVEL_LOWEST) / DB
    return power


def best_factor(source: SourceAnalysis, voiced: Samples) -> float:
    """The formant factor after which the source's spectra, mean and spread aside, lie closest to the voice's (n, bands)."""
    heard = source.log_power[source.active & source.voiced]
    if len(heard) < MIN_MARKS or len(voiced) < MIN_MARKS:
        return 1.0
    bands = min(voiced.shape[1], max(MIN_BANDS, int(np.searchsorted(centres(), FORMANTS_TO))))
    rows = shapes(bands)[:COARSE]
    judges = _normal(_some(voiced[:, :bands], JUDGES) @ rows.T)
    heard = _some(heard[:, : source.bands], HEARD)
    distances = []
    for factor in FACTORS:
        frames = _normal(warp(heard, float(factor))[:, :bands] @ rows.T)
        apart = (frames**2).sum(axis=1)[:, None] - 2 * frames @ judges.T + (judges**2).sum(axis=1)
        nearest = np.partition(apart, NEAREST, axis=1)[:, :NEAREST]
        distances.append(np.sqrt(np.maximum(nearest, 0)).mean())
    return float(FACTORS[int(np.argmin(distances))])


def _some(frames: Samples, most: int) -> Samples:
    return frames[np.linspace(0, len(frames) - 1, min(most, len(frames))).astype(np.int64)]


def _normal(frames: Samples) -> Samples:
    normal: Samples = (frames - frames.mean(axis=0)) / np.maximum(frames.std(axis=0), 1e-6)
    return normal


def _map(source: SourceAnalysis, voiced: bool, target: Samples, factor: float, finer: bool) -> TransportMap | None:
    """The map for one kind of frames, or None where there are too few of them."""
    heard = source.log_power[source.active & (source.voiced == voiced)][:, : source.bands]
    if len(heard) < MIN_MARKS or len(target) < MIN_MARKS:
        return None
    return TransportMap(cloud(warp(heard, factor)[:, : target.shape[1]]), cloud(target), finer)

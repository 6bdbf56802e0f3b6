"""Ways to give a take another voice: ours, WORLD's and Praat's. The others need pyworld and the program Praat."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import praat as praat_program
import pyworld
import soxr
from voice_speakers import RATE

from takevoice_plugins.local import engine
from takevoice_plugins.local.parameters import EngineParameters
from takevoice_plugins.local.source import ArraySource, read_blocks
from takevoice_plugins.local.voice_profile import VoiceProfile

FULL = EngineParameters(similarity=1.0)


@dataclass(frozen=True)
class Move:
    """What moves pitch and formants alone: the others get ours."""

    source_f0: float
    target_f0: float
    f0_range: float
    factor: float


def ours(samples: np.ndarray, voice: VoiceProfile, parameters: EngineParameters = FULL) -> np.ndarray:
    """The engine, from plan to last block."""
    source = ArraySource(samples, RATE)
    return np.concatenate(list(engine.plan(source, voice, parameters).convert(read_blocks(source))))


def the_move(samples: np.ndarray, voice: VoiceProfile, parameters: EngineParameters = FULL) -> Move:
    """How far the engine moves pitch and formants."""
    recipe = engine.plan(ArraySource(samples, RATE), voice, parameters).recipe
    return Move(recipe.source_f0, recipe.target_f0, recipe.f0_range, recipe.formant_factor)


def world(samples: np.ndarray, move: Move) -> np.ndarray:
    """WORLD: analysis, F0 and spectral envelope moved, synthesis."""
    f0, times = pyworld.dio(samples, RATE, f0_floor=60, f0_ceil=500)
    f0 = pyworld.stonemask(samples, f0, times, RATE)
    envelope = pyworld.cheaptrick(samples, f0, times, RATE)
    noise = pyworld.d4c(samples, f0, times, RATE)
    octaves = np.log2(np.maximum(f0, 1) / move.source_f0) * move.f0_range
    moved_f0 = np.where(f0 > 0, np.clip(move.target_f0 * 2**octaves, 45, 700), 0)
    bins = np.minimum(np.arange(envelope.shape[1]) / move.factor, envelope.shape[1] - 1)
    below = np.minimum(bins.astype(int), envelope.shape[1] - 2)
    part = bins - below
    moved = [
        np.ascontiguousarray(
            np.exp(np.log(table[:, below]) * (1 - part) + np.log(table[:, below + 1]) * part)
        )
        for table in (envelope, np.maximum(noise, 1e-6))
    ]
    out = pyworld.synthesize(moved_f0, moved[0], np.clip(moved[1], 0, 1), RATE)
    return np.pad(out, (0, max(0, len(samples) - len(out))))[: len(samples)]


def praat(samples: np.ndarray, move: Move) -> np.ndarray:
    """Praat's "Change gender"."""
    out = praat_program.change_gender(
        samples, RATE, formants=move.factor, pitch=move.target_f0, spread=move.f0_range
    )
    return np.pad(out, (0, max(0, len(samples) - len(out))))[: len(samples)]


def played(samples: np.ndarray, factor: float) -> np.ndarray:
    """The take at another speed, as a tape: pitch, formants and tempo move by the factor, without any artefact."""
    return soxr.resample(samples, RATE * factor, RATE, quality="VHQ")


def noisy(samples: np.ndarray, distance: float) -> np.ndarray:
    """The take with white noise `distance` dB below it."""
    noise = np.random.default_rng(1).standard_normal(len(samples))
    return samples + noise * np.sqrt((samples @ samples) / (noise @ noise)) * 10 ** (-distance / 20)

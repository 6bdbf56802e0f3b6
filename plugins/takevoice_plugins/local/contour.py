"""The new F0: the source's contour at the voice's median, with a wider or narrower range and a slow drift."""

from __future__ import annotations

import numpy as np

from takevoice_plugins.local.arrays import Samples
from takevoice_plugins.local.recipe import Recipe

LOWEST, HIGHEST = 45.0, 1250.0  # Hz, limits of the new F0
DRIFT_RATES = (0.11, 0.23, 0.41, 0.67)  # Hz; not in small ratios, so that the drift never repeats audibly


class Contour:
    """A map from the source's F0 to the F0 that the recipe asks for."""

    def __init__(self, recipe: Recipe) -> None:
        random = np.random.default_rng(recipe.seed)
        self._phases = random.uniform(0, 2 * np.pi, len(DRIFT_RATES))
        self._rates = np.array(DRIFT_RATES) * random.uniform(0.8, 1.25, len(DRIFT_RATES))
        self._recipe = recipe

    def __call__(self, f0: Samples, times: Samples) -> Samples:
        """Map `f0` (n,) in Hz at `times` (n,) in seconds to the new F0 in Hz: (n,)."""
        recipe = self._recipe
        if recipe.neutral:
            return f0
        octaves = np.log2(f0 / recipe.source_f0) * recipe.f0_range
        if recipe.drift:
            waves = np.sin(2 * np.pi * np.outer(times, self._rates) + self._phases)
            octaves += recipe.drift / 12 * waves.sum(axis=1) / 2
        new = recipe.target_f0 * 2**octaves
        if not recipe.drift:  # singing: a note beyond the limits moves by octaves, and stays in tune
            new = np.where(new > HIGHEST, new / 2, np.where(new < LOWEST, new * 2, new))
        limited: Samples = np.clip(new, LOWEST, HIGHEST)
        return limited

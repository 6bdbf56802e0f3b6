"""Spectral changes of grains: a smooth gain that keeps the energy of each grain, and breath."""

from __future__ import annotations

import numpy as np

from takevoice_plugins.local.arrays import Bools, Complex, Ints, Samples
from takevoice_plugins.local.grains import Grains
from takevoice_plugins.local.mel import MelBands, fft_size
from takevoice_plugins.local.recipe import MAX_CHANGE, Differential, Recipe
from takevoice_plugins.local.schedule import AROUND

BREATH_FROM = 4500.0  # Hz
BREATH_TABLE = 61  # random phase patterns; a prime number, so that they do not repeat in step with the pitch
MAX_GAIN = 10.0
TINY = 1e-12
STILL = 1e-6  # samples; shorter delays are ignored
STRIDE = 32  # bins per coarse step of the phasors
SMOOTHING = np.array([1.0, 2.0, 3.0, 2.0, 1.0]) / 9


class Timbre:
    """Applies the differential and the breath of a recipe to grains."""

    def __init__(self, sample_rate: int, recipe: Recipe, differential: Differential) -> None:
        self._differential = differential
        self._size = fft_size(sample_rate)
        self._bands = MelBands(sample_rate, recipe.bands)
        frequency = np.fft.rfftfreq(self._size, 1 / sample_rate)
        self._breath: Complex | None = None
        self._count = 0
        if recipe.breath > 0:
            share = recipe.breath * np.clip((frequency / BREATH_FROM - 0.7) / 0.6, 0, 1)
            random = np.random.default_rng(recipe.seed).uniform(-1, 1, (BREATH_TABLE, len(frequency)))
            self._breath = np.exp(1j * np.pi * share * random)

    def changes(self, voiced: Bools, log_power: Samples | None, marks: Ints) -> Samples:
        """Return the smoothed change at `marks`, indexes into `voiced` at least AROUND from its ends: (n, bands)."""
        change = np.clip(self._differential(voiced, log_power), -MAX_CHANGE, MAX_CHANGE)
        smooth: Samples = sum(
            weight * change[marks + shift]
            for shift, weight in zip(range(-AROUND, AROUND + 1), SMOOTHING, strict=True)
        )
        return smooth

    def _gains(self, change: Samples) -> Samples:
        """Return amplitude gains (n, bins), computed once per run of equal changes, which are common."""
        new = np.ones(len(change), np.bool_)
        new[1:] = (change[1:] != change[:-1]).any(axis=1)
        gains: Samples = self._bands.gains(change[new])[np.cumsum(new) - 1]
        return gains

    def apply(self, grains: Grains, change: Samples, delay: Samples) -> Samples:
        """Return the changed grains (n, size), centred, with unchanged energy and delayed by `delay` (n,) samples."""
        half, reach = self._size // 2, grains.reach
        padded = np.zeros((len(delay), self._size))
        padded[:, half - reach : half + reach + 1] = grains.samples
        # Centring at half the size inverts every other bin, before and after: nothing else depends on it.
        spectrum = np.fft.rfft(padded, axis=1)
        before = np.einsum("ij,ij->i", grains.samples, grains.samples)
        spectrum *= self._gains(change)
        moved = np.abs(delay) > STILL
        if moved.any():
            spectrum *= _phasors(delay, spectrum.shape[1], self._size)
        if self._breath is not None:
            spectrum *= self._breath[(self._count + np.arange(len(delay))) % BREATH_TABLE]
            self._count += len(delay)
        changed = np.fft.irfft(spectrum, self._size, axis=1)
        after = np.einsum("ij,ij->i", changed, changed)
        gain = np.clip(np.sqrt((before + TINY) / (after + TINY)), 1 / MAX_GAIN, MAX_GAIN)
        louder: Samples = changed * gain[:, None]
        return louder


def _phasors(delay: Samples, bins: int, size: int) -> Complex:
    """Return exp(-2 pi i k d / size) for k < `bins` and each d in `delay`, as products of coarse and fine steps."""
    turn = (-2j * np.pi / size) * delay[:, None]
    fine = np.exp(turn * np.arange(STRIDE))
    coarse = np.exp(turn * np.arange(0, bins + STRIDE, STRIDE))
    phasors: Complex = (coarse[:, :, None] * fine[:, None, :]).reshape(len(delay), -1)[:, :bins]
    return phasors

"""Spectral changes of grains: a smooth gain that keeps the energy of each grain, and breath."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from scipy.fft import irfft, rfft

from takevoice_plugins.local.arrays import Bools, Ints, Samples, SingleComplex, Singles
from takevoice_plugins.local.first_formant import FirstFormant
from takevoice_plugins.local.grains import Grains
from takevoice_plugins.local.mel import MelBands, fft_size
from takevoice_plugins.local.recipe import MAX_CHANGE, Differential, Recipe
from takevoice_plugins.local.schedule import AROUND

BREATH_FROM = 4500.0  # Hz
BREATH_TABLE = 61  # random phase patterns; a prime number, so that they do not repeat in step with the pitch
MAX_GAIN = 10.0
TINY = 1e-12
SHORT = 0.3  # of an FFT's size: grains that are no longer to either side leave room for what the gains smear
UNCHANGED = 1e-4  # difference from 1 below which a factor does nothing
STILL = 1e-6  # samples; shorter delays are ignored
STRIDE = 32  # bins per coarse step of the phasors
QUICK = np.array([1.0, 2.0, 3.0, 2.0, 1.0]) / 9  # for changes that only differ with voicing
SLOW = np.hanning(2 * AROUND + 3)[1:-1] / np.hanning(2 * AROUND + 3).sum()  # for those that follow the spectrum


class Timbre:
    """Applies the differential and the breath of a recipe to grains."""

    def __init__(self, sample_rate: int, recipe: Recipe, differential: Differential) -> None:
        self._differential = differential
        self._noise = recipe.noise
        size = fft_size(sample_rate)
        self._kernels = [_Kernel(sample_rate, recipe, each) for each in (size // 2, 3 * size // 4, size)]
        self._count = 0

    def changes(self, voiced: Bools, log_power: Samples | None, marks: Ints) -> Samples:
        """Return the smoothed change at `marks`, indexes into `voiced`: (n, bands)."""
        change = np.clip(self._differential(voiced, log_power), -MAX_CHANGE, MAX_CHANGE)
        if self._noise is not None:
            change = self._noise.limited(change, voiced)
        weights = SLOW if self._differential.needs_bands else QUICK
        reach = len(weights) // 2
        smooth: Samples = sum(
            weight * change[np.clip(marks + shift, 0, len(change) - 1)]
            for shift, weight in zip(range(-reach, reach + 1), weights, strict=True)
        )
        return smooth

    def apply(
        self, grains: Grains, change: Samples, delay: Samples, loudness: Samples
    ) -> Iterator[tuple[Ints, Singles]]:
        """Yield the changed grains, centred, `loudness` (n,) times as loud, and delayed by `delay` (n,) samples.

        They come in groups, by their lengths: which they are (m,), and the grains (m, size).
        """
        number = self._count + np.arange(len(delay))
        self._count += len(delay)
        longest = np.array([SHORT * kernel.size for kernel in self._kernels[:-1]])
        which = np.searchsorted(longest, grains.length, "right")
        for index, kernel in enumerate(self._kernels):
            (rows,) = np.nonzero(which == index)
            if len(rows):
                reach = min(grains.reach, kernel.size // 2 - 1)
                middle = grains.samples[rows, grains.reach - reach : grains.reach + reach + 1]
                yield rows, kernel.apply(middle, change[rows], delay[rows], number[rows], loudness[rows])


@lru_cache(maxsize=8)
def _breath(sample_rate: int, size: int, amount: float, seed: int) -> SingleComplex:
    """Return random phase patterns above BREATH_FROM: (BREATH_TABLE, bins)."""
    frequency = np.fft.rfftfreq(size, 1 / sample_rate)
    share = amount * np.clip((frequency / BREATH_FROM - 0.7) / 0.6, 0, 1)
    random = np.random.default_rng(seed).uniform(-1, 1, (BREATH_TABLE, len(frequency)))
    table: SingleComplex = np.exp(1j * np.pi * share * random).astype(np.complex64)
    return table


class _Kernel:
    """Changes grains by FFTs of one size."""

    def __init__(self, sample_rate: int, recipe: Recipe, size: int) -> None:
        self.size = size
        self._bands = MelBands(sample_rate, recipe.bands, size)
        self._breath = _breath(sample_rate, size, recipe.breath, recipe.seed) if recipe.breath > 0 else None
        moves = abs(recipe.first_formant - 1) > UNCHANGED
        self._first_formant = FirstFormant(sample_rate, size, recipe.first_formant) if moves else None

    def _change(self, spectrum: SingleComplex, change: Samples) -> None:
        """Apply a change (n, bands) to spectra (n, bins); its gains are computed once per run of equal ones."""
        new = np.ones(len(change), np.bool_)
        new[1:] = (change[1:] != change[:-1]).any(axis=1)
        starts = np.flatnonzero(new)
        gains = self._bands.gains(change[starts])
        for start, stop, gain in zip(starts.tolist(), [*starts[1:].tolist(), len(change)], gains, strict=True):
            spectrum[start:stop] *= gain

    def apply(self, grains: Singles, change: Samples, delay: Samples, number: Ints, loudness: Samples) -> Singles:
        """Return the changed grains (n, size); `number` (n,) counts the grains of the take."""
        half, reach = self.size // 2, grains.shape[1] // 2
        padded = np.zeros((len(delay), self.size), np.float32)
        padded[:, half - reach : half + reach + 1] = grains
        # Centring at half the size inverts every other bin, before and after: nothing else depends on it.
        spectrum = rfft(padded, axis=1, overwrite_x=True)
        before = np.einsum("ij,ij->i", grains, grains)
        if self._first_formant is not None:
            self._first_formant.move(spectrum)
        self._change(spectrum, change)
        if (np.abs(delay) > STILL).any():
            spectrum *= _phasors(delay, spectrum.shape[1], self.size)
        if self._breath is not None:
            spectrum *= self._breath[number % BREATH_TABLE]
        changed: Singles = irfft(spectrum, self.size, axis=1, overwrite_x=True)
        after = np.einsum("ij,ij->i", changed, changed)
        gain = loudness * np.clip(np.sqrt((before + TINY) / (after + TINY)), 1 / MAX_GAIN, MAX_GAIN)
        changed *= gain[:, None].astype(np.float32)
        return changed


def _phasors(delay: Samples, bins: int, size: int) -> SingleComplex:
    """Return exp(-2 pi i k d / size) for k < `bins` and each d in `delay`, as products of coarse and fine steps."""
    turn = (-2j * np.pi / size) * delay[:, None]
    fine = np.exp(turn * np.arange(STRIDE)).astype(np.complex64)
    coarse = np.exp(turn * np.arange(0, bins + STRIDE, STRIDE)).astype(np.complex64)
    phasors: SingleComplex = (coarse[:, :, None] * fine[:, None, :]).reshape(len(delay), -1)[:, :bins]
    return phasors

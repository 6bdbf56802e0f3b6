"""The engine: looks at a take, makes a plan, then gives the take in another voice block by block.

What comes out has the length of the take to the frame, and does not depend on how the blocks were cut.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from takevoice_plugins.local.analysis import analyse
from takevoice_plugins.local.arrays import Samples
from takevoice_plugins.local.converter import Converter
from takevoice_plugins.local.denoise import Denoiser, learn_noise
from takevoice_plugins.local.level import Finisher, HighPass
from takevoice_plugins.local.parameters import Parameters
from takevoice_plugins.local.recipe import Recipe
from takevoice_plugins.local.source import Source, clean, regrouped, sampled
from takevoice_plugins.local.voice_profile import VoiceProfile

BLOCK = 0.5  # seconds; what the engine works on at a time, however the samples come
TRIAL = 2.0  # seconds that are converted to learn the level


@dataclass(frozen=True)
class Plan:
    """Everything that is decided before the first block."""

    sample_rate: int
    recipe: Recipe
    noise: Samples | None  # power spectrum of what is to be taken away
    heard: tuple[float, float]  # energy of the source and of the result in a trial
    marks: Samples | None = None  # the pitch marks, where all of the take was analysed

    def convert(self, blocks: Iterable[Samples]) -> Iterator[Samples]:
        """Mono blocks in, mono blocks out: as many samples in all, full scale at 1.0, about a second late."""
        denoiser = None if self.noise is None else Denoiser(self.sample_rate, self.noise)
        if self.recipe.neutral:
            yield from _untouched(blocks, denoiser)
            return
        high_pass, converter = (
            HighPass(self.sample_rate),
            Converter(self.sample_rate, self.recipe, self.marks),
        )
        finisher = Finisher(self.sample_rate, self.heard)
        for taken, final in regrouped(blocks, int(BLOCK * self.sample_rate)):
            block = clean(taken)
            quiet = block if denoiser is None else denoiser.push(block, final)
            source = high_pass.push(quiet)
            done = finisher.push(block, source, converter.push(source, final), final)
            if len(done):
                yield done


def _untouched(blocks: Iterable[Samples], denoiser: Denoiser | None) -> Iterator[Samples]:
    for block, final in regrouped(blocks, 1 << 14):
        out = clean(block) if denoiser is None else denoiser.push(clean(block), final)
        if len(out):
            yield out


def plan(source: Source, profile: VoiceProfile, parameters: Parameters) -> Plan:
    """Analyses up to 45 s across the take, and asks the voice for its recipe."""
    rate = source.sample_rate
    samples = sampled(source)
    noise = None
    if parameters.denoise:
        noise = learn_noise(samples, rate)
        samples = Denoiser(rate, noise).push(samples, final=True)
    samples = HighPass(rate).push(samples)
    analysis = analyse(samples, rate)
    recipe = profile.recipe(analysis, parameters)
    marks = analysis.all_marks if len(samples) == source.frames else None
    return Plan(rate, recipe, noise, _trial(samples, rate, recipe), marks)


def _trial(samples: Samples, sample_rate: int, recipe: Recipe) -> tuple[float, float]:
    """The energy of the loudest few seconds before and after conversion."""
    length = int(TRIAL * sample_rate)
    if len(samples) > length:
        step = sample_rate // 4
        energy = np.add.reduceat(samples**2, np.arange(0, len(samples), step))
        loudest = int(np.convolve(energy, np.ones(length // step), "valid").argmax()) * step
        samples = samples[loudest : loudest + length]
    converted = Converter(sample_rate, recipe).push(samples, final=True)
    return float(samples @ samples), float(converted @ converted)

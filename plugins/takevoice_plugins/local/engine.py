"""The engine: analyses a take, plans its conversion, then converts it block by block.

The output has exactly the length of the take and does not depend on the sizes of the input blocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from takevoice_plugins.local.analysis import analyse
from takevoice_plugins.local.arrays import Samples
from takevoice_plugins.local.converter import VoiceConverter
from takevoice_plugins.local.denoise import Denoiser, learn_noise
from takevoice_plugins.local.level import Finisher, HighPass
from takevoice_plugins.local.marks import TIME
from takevoice_plugins.local.parameters import EngineParameters
from takevoice_plugins.local.recipe import Recipe
from takevoice_plugins.local.register import ANYONE, Register
from takevoice_plugins.local.source import ANALYSED, ANALYSED_KNOWN, Source, clean, excerpts, reblocked
from takevoice_plugins.local.speaker import Speaker
from takevoice_plugins.local.voice_profile import VoiceProfile

BLOCK = 0.5  # seconds processed at a time, whatever the sizes of the input blocks
TRIAL = 2.0  # seconds converted in a trial, to measure the level
MARGIN = 0.1  # seconds of marks around them


@dataclass(frozen=True)
class ConversionPlan:
    """Everything that is decided before the first block is converted."""

    sample_rate: int
    recipe: Recipe
    noise: Samples | None  # power spectrum to remove
    level_history: tuple[float, float]  # energy of source and result in a trial
    marks: Samples | None = None  # the pitch marks (n, 3), if the whole take was analysed
    register: Register = ANYONE  # of the speaker, otherwise
    speaker: Speaker | None = None  # what the take tells of its speaker

    def convert(self, blocks: Iterable[Samples]) -> Iterator[Samples]:
        """Convert mono blocks, full scale at 1.0; yield as many samples in total, about a second late."""
        denoiser = None if self.noise is None else Denoiser(self.sample_rate, self.noise)
        if self.recipe.neutral:
            yield from _untouched(blocks, denoiser)
            return
        high_pass, converter = (
            HighPass(self.sample_rate),
            VoiceConverter(self.sample_rate, self.recipe, self.marks, self.register),
        )
        finisher = Finisher(self.sample_rate, self.level_history)
        for taken, last in reblocked(blocks, int(BLOCK * self.sample_rate)):
            block = clean(taken)
            quiet = block if denoiser is None else denoiser.process(block, last)
            source = high_pass.process(quiet)
            done = finisher.process(block, source, converter.process(source, last), last)
            if len(done):
                yield done


def _untouched(blocks: Iterable[Samples], denoiser: Denoiser | None) -> Iterator[Samples]:
    for block, last in reblocked(blocks, 1 << 14):
        out = clean(block) if denoiser is None else denoiser.process(clean(block), last)
        if len(out):
            yield out


def plan(
    source: Source, profile: VoiceProfile, parameters: EngineParameters, known: Speaker | None = None
) -> ConversionPlan:
    """Analyse up to 12 s spread across the take, and get the recipe for it from the voice.

    `known` is what is known of the speaker from other takes: if that is settled, 6 s are enough.
    """
    rate = source.sample_rate
    samples = excerpts(source, ANALYSED_KNOWN if known is not None and known.is_settled else ANALYSED)
    noise = None
    if parameters.denoise:
        noise = learn_noise(samples, rate)
        samples = Denoiser(rate, noise).process(samples, last=True)
    samples = HighPass(rate).process(samples)
    analysis = analyse(samples, rate, known)
    recipe = replace(profile.recipe(analysis, parameters), noise=analysis.noise)
    marks = analysis.all_marks if len(samples) == source.frames else None
    return ConversionPlan(rate, recipe, noise, _trial(samples, rate, recipe, analysis.all_marks), marks, analysis.register, analysis.own)


def _trial(samples: Samples, sample_rate: int, recipe: Recipe, marks: Samples) -> tuple[float, float]:
    """Return the energy of the loudest two seconds before and after conversion."""
    loudest = 0
    length = int(TRIAL * sample_rate)
    if len(samples) > length:
        step = sample_rate // 4
        energy = np.add.reduceat(samples**2, np.arange(0, len(samples), step))
        loudest = int(np.convolve(energy, np.ones(length // step), "valid").argmax()) * step
        samples = samples[loudest : loudest + length]
    marks = marks - np.array([loudest / sample_rate, 0.0, 0.0])
    near = (marks[:, TIME] > -MARGIN) & (marks[:, TIME] < len(samples) / sample_rate + MARGIN)
    converted = VoiceConverter(sample_rate, recipe, marks[near]).process(samples, last=True)
    return float(samples @ samples), float(converted @ converted)

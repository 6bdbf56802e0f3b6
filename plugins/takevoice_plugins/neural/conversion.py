"""The conversion of one file: from its path to encoded bytes, of exactly its length, at its level and with its band."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from takevoice import Resampler, errors, make_resampler, open_sound, resample
from takevoice_plugins.local.arrays import Samples
from takevoice_plugins.local.denoise import Denoiser, learn_noise
from takevoice_plugins.local.encode import encode
from takevoice_plugins.local.level import Finisher, HighPass
from takevoice_plugins.local.parameters import EngineParameters
from takevoice_plugins.local.source import FileSource, Source, clean, excerpts, read_blocks, reblocked
from takevoice_plugins.neural.band import HighBand
from takevoice_plugins.neural.session import Facts, Recording, Session, ask
from takevoice_plugins.neural.windows import SHORTEST, Seams, Windows
from takevoice_plugins.neural.worker import Worker

BLOCK = 0.5  # seconds
TRIAL = 2.0  # seconds that are converted first, to measure the level
LEAST = 1.0  # second of recordings; `voices add` asks for five
ADD = "add them again with `takevoice voices add NAME FILE... --keep-recordings --replace`"
REFERENCE = 120.0  # seconds of the recordings of a voice from which it is learnt
FULL = 0.75  # similarity_boost from which on the voice is all the other's
NOISE = 0.6  # of the latent frames at stability 0; the model's authors use .3, which is that of stability .5


@dataclass(frozen=True)
class NeuralTask:
    """A file to convert, and how."""

    path: Path
    sample_rate: int  # Hz
    frames: int
    parameters: EngineParameters
    output_format: str
    rank: int = 0  # its windows go before those of takes with a higher one


@dataclass(frozen=True)
class RecordedVoice:
    """A voice with its recordings."""

    id: str
    recordings: Path

    def samples(self, rate: int) -> Samples:
        """Return up to two minutes of the recordings, spread across them, at `rate`.

        Raises:
            BackendError: they cannot be read, or hold no sound.
        """
        try:
            with open_sound(self.recordings) as file:
                own, frames = file.samplerate, file.frames
            with closing(FileSource(self.recordings, own, frames)) as source:
                samples = resample(excerpts(source, REFERENCE), own, rate)
        except (OSError, soundfile.LibsndfileError, errors.AudioError) as error:
            raise errors.BackendError("the recordings of the voice cannot be read", where=str(self.recordings), hint=ADD) from error
        if len(samples) < LEAST * rate or not samples.any():
            raise errors.BackendError("the recordings of the voice hold no speech", where=str(self.recordings), hint=ADD)
        return samples


def convert_file(worker: Worker, voice: RecordedVoice, task: NeuralTask) -> Iterator[bytes]:
    """Convert a file; yield encoded bytes as soon as they are ready, and no bytes while the model works.

    Raises:
        AudioError: the file cannot be read.
        BackendError: the model cannot convert it; NoMemory: not now.
    """
    with closing(FileSource(task.path, task.sample_rate, task.frames)) as source:
        yield from encode(_blocks(worker, voice, task, source), task.sample_rate, task.frames, task.output_format)


def _blocks(worker: Worker, voice: RecordedVoice, task: NeuralTask, source: Source) -> Generator[Samples]:
    if not source.frames:
        return
    answer, _ = yield from ask(worker, {"op": "describe"}, rank=task.rank)
    facts, rate = Facts.of(answer), task.sample_rate
    sample = excerpts(source)
    noise = learn_noise(sample, rate) if task.parameters.denoise else None
    if noise is not None:
        sample = Denoiser(rate, noise).process(sample, last=True)
    sample = HighPass(rate).process(sample)
    own = _at(sample, rate)
    session = Session(worker, facts, own, voice.id, voice.samples, _settings(task.parameters), task.rank)
    history = yield from _trial(session, own(facts.rate))
    denoiser = None if noise is None else Denoiser(rate, noise)
    yield from _finished(session, source, denoiser, history)


def _settings(parameters: EngineParameters) -> dict[str, float | int]:
    return {
        "amount": min(1.0, parameters.similarity / FULL),
        "noise": round(NOISE * (1 - parameters.stability), 6),
        "seed": parameters.seed,
    }


def _at(samples: Samples, rate: int) -> Recording:
    return lambda wanted: samples if wanted == rate else resample(samples, rate, wanted)


def _trial(session: Session, samples: Samples) -> Generator[Samples, None, tuple[float, float]]:
    """Return the energy of the loudest two seconds before and after conversion."""
    facts = session.facts
    length = int(TRIAL * facts.rate) // facts.hop * facts.hop
    step = facts.rate // 4
    if len(samples) > length:
        energy = np.add.reduceat(samples**2, np.arange(0, len(samples), step))
        loudest = int(np.convolve(energy, np.ones(max(1, length // step)), "valid").argmax()) * step
        samples = samples[loudest : loudest + length]
    least = SHORTEST * facts.hop
    padded = np.pad(samples, (0, max(least - len(samples), -len(samples) % facts.hop)))
    converted = yield from session.convert(padded, 0)
    return float(padded @ padded), float(converted @ converted)


class _Through:
    """A resampler that does nothing."""

    def process(self, samples: Samples, last: bool = False) -> Samples:  # noqa: ARG002
        return samples


def _resampler(source: int, target: int) -> Resampler:
    return _Through() if source == target else make_resampler(source, target)


def _finished(
    session: Session, source: Source, denoiser: Denoiser | None, history: tuple[float, float]
) -> Generator[Samples]:
    """Yield the finished result of a take: `source.frames` samples in total."""
    rate, facts = source.sample_rate, session.facts
    high_pass, finisher = HighPass(rate), Finisher(rate, history)
    high_band = HighBand(rate, facts.rate, history)
    down, up = _resampler(rate, facts.rate), _resampler(facts.rate, rate)
    windows, seams = Windows(facts.rate, facts.hop, facts.context), Seams(facts.hop)
    left = source.frames
    for taken, last in reblocked(_sound(source), int(BLOCK * rate)):
        block = clean(taken)
        quiet = block if denoiser is None else denoiser.process(block, last)
        filtered = high_pass.process(quiet)
        pieces = [np.zeros(0)]
        for window in windows.feed(down.process(filtered, last), last):
            converted = yield from session.convert(window.samples, window.first)
            pieces.append(up.process(seams.add(window, converted), window.last))
        out = np.concatenate(pieces)
        out = np.pad(out[:left], (0, max(0, left - len(out)) if last else 0))
        left -= len(out)
        done = finisher.process(block, filtered, high_band.process(filtered, out, last), last)
        if len(done):
            yield done


def _sound(source: Source) -> Iterable[Samples]:
    return read_blocks(source)

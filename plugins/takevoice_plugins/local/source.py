"""Access to the samples of a take: mono blocks and excerpts, never all of it in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
import soundfile

from takevoice import errors, open_sound
from takevoice_plugins.local.arrays import Samples

MAX_LEVEL = 1e3  # times full scale; louder samples are errors
ANALYSED = 12.0  # seconds of excerpts for the analysis
ANALYSED_KNOWN = 6.0  # the same, if the speaker is known already
PIECE = 4.0  # seconds of one excerpt


class Source(Protocol):
    """A take with random access."""

    @property
    def sample_rate(self) -> int:
        """The sample rate in Hz."""

    @property
    def frames(self) -> int:
        """The length in frames."""

    def read(self, start: int, count: int) -> Samples:
        """Return up to `count` mono samples from the frame `start` on."""


class ArraySource:
    """Mono samples (frames,) in memory."""

    def __init__(self, samples: Samples, sample_rate: int) -> None:
        self.sample_rate = sample_rate
        self.frames = len(samples)
        self._samples = samples

    def read(self, start: int, count: int) -> Samples:
        """Return up to `count` mono samples from the frame `start` on."""
        return clean(self._samples[start : start + count])


class FileSource:
    """An audio file, mixed down to mono."""

    def __init__(self, path: Path, sample_rate: int, frames: int) -> None:
        self.path, self.sample_rate, self.frames = path, sample_rate, frames
        self._file: soundfile.SoundFile | None = None

    def read(self, start: int, count: int) -> Samples:
        """Return up to `count` mono samples from the frame `start` on.

        Raises:
            AudioError: the file cannot be read.
        """
        try:
            if self._file is None:
                self._file = open_sound(self.path)
            if self._file.tell() != start:
                self._file.seek(start)
            return clean(self._file.read(count, dtype="float64", always_2d=True).mean(axis=1))
        except (OSError, RuntimeError) as error:
            raise errors.AudioError(
                "cannot be read any more", where=str(self.path), hint="render it again"
            ) from error

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


def clean(samples: Samples) -> Samples:
    """Replace NaN and infinity by zeros, and clip absurdly loud samples."""
    if np.isfinite(samples).all() and np.abs(samples).max(initial=0.0) <= MAX_LEVEL:
        return samples
    return np.clip(np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0), -MAX_LEVEL, MAX_LEVEL)


def read_blocks(source: Source, seconds: float = 1.0) -> Iterator[Samples]:
    """Yield the whole take in blocks of `seconds`."""
    count = max(1, int(seconds * source.sample_rate))
    for start in range(0, source.frames, count):
        yield source.read(start, min(count, source.frames - start))


def excerpts(source: Source, seconds: float = ANALYSED) -> Samples:
    """Return the take, or excerpts of `seconds` in total spread evenly across a longer one: (n,)."""
    rate = source.sample_rate
    if source.frames <= max(seconds, PIECE) * rate:
        return source.read(0, source.frames)
    pieces, length = max(1, int(seconds / PIECE)), int(PIECE * rate)
    starts = np.linspace(0, source.frames - length, pieces).astype(np.int64)
    return np.concatenate([source.read(int(start), length) for start in starts])


def reblocked(blocks: Iterable[Samples], size: int) -> Iterator[tuple[Samples, bool]]:
    """Yield the same samples in blocks of `size`, each with True if it is the last.

    So the results do not depend on the sizes of the input blocks.
    """
    waiting: list[Samples] = []
    count = 0
    for block in blocks:
        waiting.append(block)
        count += len(block)
        if count > size:
            joined = np.concatenate(waiting)
            complete = (count - 1) // size * size
            for start in range(0, complete, size):
                yield joined[start : start + size], False
            waiting, count = [joined[complete:]], count - complete
    yield (np.concatenate(waiting) if waiting else np.zeros(0)), True

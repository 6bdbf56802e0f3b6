"""Where a take's samples come from: mono blocks and samples across it, never the whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
import soundfile

from takevoice import errors
from takevoice_plugins.local.arrays import Samples

MOST = 1e3  # full scales; louder samples are no sound
SAMPLED = 45.0  # seconds of a take that are analysed at most
PIECE = 4.0  # seconds of each sample


class Source(Protocol):
    """A take that can be read anywhere."""

    @property
    def sample_rate(self) -> int:
        """Hz."""

    @property
    def frames(self) -> int:
        """Its length."""

    def read(self, start: int, count: int) -> Samples:
        """Mono samples (up to count,)."""


class ArraySource:
    """Samples in memory: (frames,)."""

    def __init__(self, samples: Samples, sample_rate: int) -> None:
        self.sample_rate = sample_rate
        self.frames = len(samples)
        self._samples = samples

    def read(self, start: int, count: int) -> Samples:
        """Mono samples (up to count,)."""
        return clean(self._samples[start : start + count])


class FileSource:
    """An audio file; several channels are mixed down."""

    def __init__(self, path: Path, sample_rate: int, frames: int) -> None:
        self.path, self.sample_rate, self.frames = path, sample_rate, frames
        self._file: soundfile.SoundFile | None = None

    def read(self, start: int, count: int) -> Samples:
        """Mono samples (up to count,).

        Raises:
            AudioError: the file cannot be read.
        """
        try:
            if self._file is None:
                self._file = soundfile.SoundFile(self.path)
            if self._file.tell() != start:
                self._file.seek(start)
            return clean(self._file.read(count, dtype="float64", always_2d=True).mean(axis=1))
        except (soundfile.LibsndfileError, RuntimeError) as error:
            raise errors.AudioError(
                "cannot be read any more", where=str(self.path), hint="render it again"
            ) from error

    def close(self) -> None:
        """Closes the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


def clean(samples: Samples) -> Samples:
    """The samples with silence for those that are no numbers, and none absurdly loud."""
    if np.isfinite(samples).all() and np.abs(samples).max(initial=0.0) <= MOST:
        return samples
    return np.clip(np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0), -MOST, MOST)


def read_blocks(source: Source, seconds: float = 1.0) -> Iterator[Samples]:
    """The whole take, block by block."""
    count = max(1, int(seconds * source.sample_rate))
    for start in range(0, source.frames, count):
        yield source.read(start, min(count, source.frames - start))


def sampled(source: Source, seconds: float = SAMPLED) -> Samples:
    """The take, or samples of `seconds` in all spread evenly across a longer one: (n,)."""
    rate = source.sample_rate
    if source.frames <= max(seconds, PIECE) * rate:
        return source.read(0, source.frames)
    pieces, length = max(1, int(seconds / PIECE)), int(PIECE * rate)
    starts = np.linspace(0, source.frames - length, pieces).astype(np.int64)
    return np.concatenate([source.read(int(start), length) for start in starts])


def regrouped(blocks: Iterable[Samples], size: int) -> Iterator[tuple[Samples, bool]]:
    """The same samples in blocks of `size`, each with whether it is the last; so nothing depends on how they came."""
    waiting: list[Samples] = []
    count = 0
    for block in blocks:
        waiting.append(block)
        count += len(block)
        if count > size:
            joined = np.concatenate(waiting)
            whole = (count - 1) // size * size
            for start in range(0, whole, size):
                yield joined[start : start + size], False
            waiting, count = [joined[whole:]], count - whole
    yield (np.concatenate(waiting) if waiting else np.zeros(0)), True

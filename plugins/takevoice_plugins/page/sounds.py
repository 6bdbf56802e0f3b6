"""Sound files that are open while a page plays them, read in ranges."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from takevoice import JobSound, errors, open_audio, resample

Audio = npt.NDArray[np.float32]
"""Samples, (frames, channels), full scale at 1.0."""

OPEN = 12  # files
IDLE = 20.0  # seconds after which a file is closed: on Windows, an open file cannot be renamed
MARGIN = 4096  # frames on each side of a range that is resampled


@dataclass
class _Open:
    file: Any
    used: float
    readers: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class OpenSounds:
    """Reads ranges; files that were read a moment ago are still open, so that reading on needs no seeking."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._files: OrderedDict[Any, _Open] = OrderedDict()
        self._lock = threading.Lock()

    def read(
        self, sound: JobSound, start: int, frames: int, channels: Sequence[int] | None = None, rate: int | None = None
    ) -> Audio:
        """Return `frames` from `start`, fewer at the end, at `rate` (Hz; None: the file's own).

        `channels` are numbers from 0; none at all: a mix of all to one. None: all as they are.

        Raises:
            StorageError, AudioError: it cannot be read.
        """
        if rate is None or rate == sound.sample_rate:
            return _chosen(self._raw(sound, start, frames), channels)
        return self._resampled(sound, start, frames, channels, rate)

    def _resampled(
        self, sound: JobSound, start: int, frames: int, channels: Sequence[int] | None, rate: int
    ) -> Audio:
        """Read with a margin that begins at a common multiple of both rates: each frame is the same, whatever the range."""
        common = math.gcd(rate, sound.sample_rate)
        step, out_step = sound.sample_rate // common, rate // common
        first = max(0, (start * step // out_step - MARGIN) // step)
        last = -(-(start + frames) * step // out_step) + MARGIN
        source = _chosen(self._raw(sound, first * step, last - first * step), channels)
        made = resample(source, sound.sample_rate, rate)
        skip = start - first * out_step
        total = frames_at(sound, rate)
        return np.ascontiguousarray(made[skip : skip + max(0, min(frames, total - start))], np.float32)

    def _raw(self, sound: JobSound, start: int, frames: int) -> Audio:
        frames = max(0, min(frames, sound.frames - start))
        if not frames:
            return np.zeros((0, sound.channels), np.float32)
        try:
            with self._opened(sound) as file:
                if file.tell() != start:
                    file.seek(start)
                block: Audio = file.read(frames, dtype="float32", always_2d=True)
        except (OSError, RuntimeError) as error:
            raise errors.StorageError("cannot be read", where=str(sound.path), hint="look whether its drive is there") from error
        return block

    @contextmanager
    def _opened(self, sound: JobSound) -> Iterator[Any]:
        """Have the open file for one reader; meanwhile it is not closed. Raises OSError or RuntimeError."""
        key = (sound.path, sound.version)
        with self._lock:
            self._close_idle()
            found = self._files.get(key)
            if found is None:
                found = self._files[key] = _Open(open_audio(sound.path), self._clock())
            found.readers += 1
            found.used = self._clock()
            self._files.move_to_end(key)
        try:
            with found.lock:
                yield found.file
        finally:
            with self._lock:
                found.readers -= 1

    def _close_idle(self) -> None:
        now = self._clock()
        for key, each in list(self._files.items()):
            is_too_much = len(self._files) > OPEN or now - each.used > IDLE
            if is_too_much and not each.readers:
                each.file.close()
                del self._files[key]

    def close_idle(self) -> None:
        """Close the files that were not read for a while."""
        with self._lock:
            self._close_idle()

    def close(self) -> None:
        """Close all files."""
        with self._lock:
            for each in self._files.values():
                with each.lock:
                    each.file.close()
            self._files.clear()


def frames_at(sound: JobSound, rate: int) -> int:
    """Return how many frames a sound has at another rate."""
    return -(-sound.frames * rate // sound.sample_rate)


def _chosen(block: Audio, channels: Sequence[int] | None) -> Audio:
    if channels is None:
        return block
    if not channels:
        mixed: Audio = block.mean(axis=1, keepdims=True, dtype=np.float32)
        return mixed
    return np.ascontiguousarray(block[:, list(channels)])

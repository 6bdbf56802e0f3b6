"""Waveforms and loudness of whole files, computed once and kept in the state dir by the hash of the audio."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from takevoice import JobSound, Meter, errors, open_audio, private_folder, write_atomic

STEP = 256  # frames in the finest pair
ZOOM = 16  # pairs of one level in a pair of the next
BLOCK = STEP * 256  # frames that are read at once
KEPT = 300_000_000  # bytes in the folder; the oldest go first
Pairs = npt.NDArray[np.int8]
"""Lowest and highest sample of each stretch, (stretches, 2); 127 is full scale."""


@dataclass(frozen=True)
class Peaks:
    """Pairs for every `STEP` frames, and the coarser levels, each with `ZOOM` times as many frames in a pair."""

    levels: tuple[Pairs, ...]
    frames: int

    def between(self, start: int, frames: int, points: int) -> Pairs:
        """Return at most `points` pairs for the frames from `start` on."""
        level, step = 0, STEP
        while level + 1 < len(self.levels) and frames > points * step * ZOOM:
            level, step = level + 1, step * ZOOM
        first, last = start // step, -(-(start + frames) // step)
        some = self.levels[level][first:last]
        if len(some) <= points:
            return some
        edges = np.linspace(0, len(some), points, endpoint=False).astype(int)
        return np.stack((np.minimum.reduceat(some[:, 0], edges), np.maximum.reduceat(some[:, 1], edges)), axis=1)


class PeakStore:
    """Usable from several threads; each file is read by one of them at a time."""

    def __init__(self, folder: Path, closing: threading.Event) -> None:
        """Once `closing` is set, what is being measured ends with StorageError."""
        self._folder, self._closing = folder, closing
        self._busy: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def peaks(self, sound: JobSound) -> Peaks:
        """Return the waveform; raises AudioError or StorageError."""
        with self._alone(f"{sound.key}.peaks"):
            path = self._folder / f"{sound.key}.peaks"
            try:
                # Not numpy's format: its header is Python, which Python 3.11 cannot always parse in several threads at once.
                finest = np.frombuffer(path.read_bytes(), np.int8).reshape(-1, 2)
            except (OSError, ValueError):
                finest = measure_peaks(sound, self._closing)
                self._keep(path, finest.tobytes())
        return Peaks(_levels(finest), sound.frames)

    def loudness(self, sound: JobSound) -> tuple[float | None, float | None]:
        """Return loudness in LUFS and true peak in dBTP, None for silence; raises AudioError or StorageError."""
        with self._alone(f"{sound.key}.loudness"):
            path = self._folder / f"{sound.key}.loudness.json"
            try:
                lufs, peak = json.loads(path.read_bytes())
            except (OSError, ValueError):
                lufs, peak = measure_loudness(sound, self._closing)
                self._keep(path, json.dumps([lufs, peak]).encode())
        return lufs, peak

    @contextmanager
    def _alone(self, name: str) -> Iterator[None]:
        with self._lock:
            lock = self._busy.setdefault(name, threading.Lock())
        with lock:
            yield

    def _keep(self, path: Path, data: bytes) -> None:
        try:
            private_folder(self._folder)
            write_atomic(path, data)
            self._remove_oldest()
        except OSError:
            pass  # it is computed again the next time

    def _remove_oldest(self) -> None:
        found = sorted((each.stat().st_mtime, each.stat().st_size, each) for each in self._folder.iterdir())
        total = sum(size for _, size, _ in found)
        for _, size, path in found:
            if total <= KEPT:
                break
            with suppress(OSError):  # another process may read it
                path.unlink(missing_ok=True)
                total -= size


def _blocks(sound: JobSound, closing: threading.Event) -> Iterator[npt.NDArray[np.float32]]:
    try:
        with open_audio(sound.path) as file:
            while len(block := file.read(BLOCK, dtype="float32", always_2d=True)):
                if closing.is_set():
                    raise errors.StorageError("was not measured to its end: takevoice stops", where=str(sound.path))
                yield block
    except (OSError, RuntimeError) as error:
        raise errors.StorageError("cannot be read", where=str(sound.path), hint="look whether its drive is there") from error


def measure_peaks(sound: JobSound, closing: threading.Event) -> Pairs:
    """Return the finest pairs, over all channels."""
    found: list[Pairs] = []
    for block in _blocks(sound, closing):
        low, high = block.min(axis=1), block.max(axis=1)
        edges = np.arange(0, len(block), STEP)
        pairs = np.stack((np.minimum.reduceat(low, edges), np.maximum.reduceat(high, edges)), axis=1)
        found.append(np.clip(np.round(pairs * 127), -127, 127).astype(np.int8))
    return np.concatenate(found) if found else np.zeros((0, 2), np.int8)


def _levels(finest: Pairs) -> tuple[Pairs, ...]:
    levels = [finest]
    while len(levels[-1]) > 4 * ZOOM:
        pairs = levels[-1]
        edges = np.arange(0, len(pairs), ZOOM)
        levels.append(
            np.stack((np.minimum.reduceat(pairs[:, 0], edges), np.maximum.reduceat(pairs[:, 1], edges)), axis=1)
        )
    return tuple(levels)


def measure_loudness(sound: JobSound, closing: threading.Event) -> tuple[float | None, float | None]:
    """Return loudness and true peak of a whole file."""
    meter = Meter(sound.sample_rate, sound.channels)
    for block in _blocks(sound, closing):
        meter.feed(block)
    found = meter.result().loudness()
    lufs, peak = (value if math.isfinite(value) else None for value in (found.lufs, found.peak))
    return lufs, peak

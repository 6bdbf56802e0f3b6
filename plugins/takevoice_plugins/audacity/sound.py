"""The sound of a clip: where it is in the exported take, and the same part of the result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

BLOCK = 1 << 18  # frames that are in memory at a time
NEARBY = (0, 1, -1, 2, -2)  # frames: Audacity reports times rounded to a microsecond
SILENT = 1e-7  # the lowest level of an envelope in Audacity


@dataclass(frozen=True)
class Envelope:
    """The volume envelope of a clip: `points` of (second of the project, level), in order; levels are linear."""

    points: Sequence[tuple[float, float]]

    def levels(self, start: float, rate: int, frames: int) -> Any:
        """Return the level of each of `frames` frames from second `start`. Between points it is straight in dB."""
        seconds = start + np.arange(frames) / rate
        times = [time for time, _ in self.points]
        levels = [np.log(max(level, SILENT)) for _, level in self.points]
        return np.exp(np.interp(seconds, times, levels))


def offset_in(take: Path, clip: Path, near: int) -> int | None:
    """Return the frame of `take` at which exactly the sound of `clip` begins, at or next to `near`; None: not there."""
    frames, available = soundfile.info(clip).frames, soundfile.info(take).frames
    for offset in (near + step for step in NEARBY):
        if offset >= 0 and offset + frames <= available and _is_same(take, clip, offset, frames):
            return offset
    return None


def write_part(result: Path, offset: int, frames: int, start: float, envelope: Envelope, to: Path) -> None:
    """Write `frames` frames of `result` from `offset` to the WAV file `to`, at the levels of `envelope`.

    `start` is the second of the project at which they begin.
    """
    info = soundfile.info(result)
    with soundfile.SoundFile(to, "w", info.samplerate, info.channels, "FLOAT", format="WAV") as out:
        done = 0
        for block in _blocks(result, offset, frames):
            if envelope.points:
                where = start + done / info.samplerate
                block = block * envelope.levels(where, info.samplerate, len(block))[:, None]
            out.write(block)
            done += len(block)


def _is_same(take: Path, clip: Path, offset: int, frames: int) -> bool:
    pairs = zip(_blocks(take, offset, frames), _blocks(clip, 0, frames), strict=True)
    return all(np.array_equal(one, other) for one, other in pairs)


def _blocks(path: Path, start: int, frames: int) -> Iterator[Any]:
    with soundfile.SoundFile(path) as file:
        file.seek(start)
        yield from file.blocks(BLOCK, frames=frames, dtype="float32", always_2d=True)

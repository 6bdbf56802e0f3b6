"""The audio of a segment as a file: as it is sent to the backend, and as it is received."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile

from takevoice.audio.answers import check_length, decode, length_tolerance
from takevoice.audio.opening import BLOCK, open_sound, reads_everywhere
from takevoice.audio.reading import TakeReading
from takevoice.audio.segmentation import Segment, Segmentation
from takevoice.audio.tape import Mono, Tape
from takevoice.errors import BadResult, StorageError
from takevoice.jobs import Take
from takevoice.system import place


def write_segment(
    reading: TakeReading, segmentation: Segmentation, segment: Segment, folder: Path, *, copy: bool = False
) -> Take:
    """Write the audio of a segment, as the backend gets it, to a file in `folder`.

    A segment that is the whole of a mono take is a link to the take, or a copy of it if `copy` is true; any other one is
    written as float32 with one channel. Backends and plugins thus get a plain file name, in a folder in which they may
    create files.

    Raises:
        AudioError: the take cannot be read.
        StorageError: the segment cannot be written.
    """
    take = reading.take
    for leftover in folder.glob(f"piece.{segment.name}.*"):
        place.unlink(leftover)
    if take.channels == 1 and segment.frames == take.frames and reads_everywhere(take):
        return _whole_take(take, folder / f"piece.{segment.name}{take.path.suffix}", copy=copy)
    path = folder / f"piece.{segment.name}.w64"
    with _create(path, take.sample_rate) as file, open_segment(reading, segmentation, segment) as read:
        for start in range(0, segment.frames, BLOCK):
            file.write(read(start, min(BLOCK, segment.frames - start)))
    return Take(path, segment.frames, take.sample_rate, 1, "W64", "FLOAT")


@contextmanager
def open_segment(
    reading: TakeReading, segmentation: Segmentation, segment: Segment
) -> Iterator[Callable[[int, int], Mono]]:
    """Open the mono audio of a segment: a function of (start, frames), with silence outside of the segment."""
    weights = np.array(segmentation.buses[segment.bus].weights, np.float32)
    with reading.open() as read_take:

        def read(start: int, frames: int) -> Mono:
            out = np.zeros(frames, np.float32)
            first, last = max(0, start), min(segment.frames, start + frames)
            if first < last:
                part = read_take(segment.start + first, last - first).astype(np.float32, copy=False)
                out[first - start : last - start] = part[:, 0] if part.shape[1] == 1 else part @ weights
            return out

        yield read


def _create(path: Path, sample_rate: int) -> soundfile.SoundFile:
    """Create a float32 file with one channel and no limit to its size."""
    return open_sound(path, "w", sample_rate, 1, "FLOAT", format="W64")


def _whole_take(take: Take, path: Path, *, copy: bool) -> Take:
    """Return the take under another path."""
    try:
        if not copy:
            path.symlink_to(take.path)
    except OSError:  # Windows requires a privilege that few users have
        copy = True
    try:
        if copy:
            place.persist(lambda: shutil.copyfile(take.path, path), path)
    except OSError as error:
        raise StorageError(f"cannot be copied: {error.strerror or error}", where=str(path)) from error
    return replace(take, path=path)


def decode_answer(encoded: Path, output_format: str, segment: Segment, sample_rate: int, scratch: Path) -> Tape:
    """Decode the backend's answer for a segment: one channel, at `sample_rate`, of its own length.

    `scratch` is the file for an answer that is too long to be kept in memory.

    Raises:
        BadResult: it cannot be decoded, or its length is not that of the segment; it names the segment.
    """
    tape = Tape(scratch)
    frames, seconds = 0, segment.frames / sample_rate
    most = segment.frames + length_tolerance(seconds) * sample_rate + 1
    try:
        for block in decode(encoded, output_format, sample_rate):
            frames += len(block)
            if frames <= most:
                tape.append(block)
        check_length(frames / sample_rate, seconds)
    except BaseException as error:
        tape.close()
        if isinstance(error, BadResult):
            error.segment = segment.name
        raise
    return tape

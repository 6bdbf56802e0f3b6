"""The audio of a segment as a file: as it is sent to the backend, and as it is received."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile

from takevoice.audio.opening import BLOCK, open_audio, open_sound, reads_everywhere
from takevoice.audio.reading import TakeReading
from takevoice.audio.resampling import make_resampler
from takevoice.audio.segmentation import Segment, Segmentation
from takevoice.audio.takes import read_blocks
from takevoice.audio.tape import Mono, Tape
from takevoice.errors import AudioError, BadResult, StorageError, UnsupportedAudio
from takevoice.jobs import Take
from takevoice.request import OUTPUT_FORMATS
from takevoice.system import place

# Seconds, and share of the segment, by which the length of an answer may differ.
LENGTH_TOLERANCE = (0.5, 0.05)
_REPORT = "if it happens again, report it to the backend"
_RAW = {"pcm": "PCM_16", "ulaw": "ULAW", "alaw": "ALAW"}


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
    frames = 0
    tolerance = max(LENGTH_TOLERANCE[0] * sample_rate, LENGTH_TOLERANCE[1] * segment.frames)
    try:
        for block in decode(encoded, output_format, sample_rate):
            frames += len(block)
            if frames <= segment.frames + tolerance + 1:
                tape.append(block)
        if abs(frames - segment.frames) > tolerance:
            raise BadResult(
                f"the backend sent {frames / sample_rate:.2f} s of audio for a take of {segment.frames / sample_rate:.2f} s",
                hint=_REPORT,
            )
    except BaseException as error:
        tape.close()
        if isinstance(error, BadResult):
            error.segment = segment.name
        raise
    return tape


def open_encoded(path: Path, output_format: str) -> soundfile.SoundFile:
    """Open the backend's answer; `output_format` is only needed for formats without a header.

    Raises:
        BadResult: it is not audio.
    """
    known = OUTPUT_FORMATS.get(output_format)
    try:
        if known is not None and known.headerless:
            return open_sound(path, "r", known.sample_rate, 1, _RAW[known.codec], "LITTLE", "RAW")
        return open_audio(path)
    except (soundfile.LibsndfileError, RuntimeError, UnsupportedAudio) as error:
        raise BadResult("the backend's answer cannot be read as audio", hint=_REPORT) from error


def decode(path: Path, output_format: str, sample_rate: int) -> Iterator[Mono]:
    """Yield the backend's answer as one channel at `sample_rate`, in float32 blocks of shape (frames,)."""
    with open_encoded(path, output_format) as file:
        resampler = None
        if file.samplerate != sample_rate:
            resampler = make_resampler(file.samplerate, sample_rate, quality="HQ")
        for mono in _mono(file, path):
            yield mono if resampler is None else resampler.process(mono)
        if resampler is not None:
            yield resampler.process(np.zeros(0, np.float32), last=True)


def _mono(file: soundfile.SoundFile, path: Path) -> Iterator[Mono]:
    """Yield the mean of all channels; raise BadResult."""
    try:
        for block in read_blocks(file, path, "float32"):
            mono = block[:, 0] if block.shape[1] == 1 else block.mean(axis=1)
            if not np.isfinite(mono).all():
                raise BadResult(
                    "the backend's answer contains samples that are not finite numbers", hint=_REPORT
                )
            yield mono
    except AudioError as error:
        raise BadResult("the backend's answer is incomplete or damaged", hint=_REPORT) from error

"""The audio of a segment as a file: as it is sent to the backend, and as it is received."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile

from takevoice.audio.containers import container_named
from takevoice.audio.resampling import make_resampler
from takevoice.audio.sample_formats import Samples
from takevoice.audio.segmentation import Segment, Segmentation
from takevoice.audio.takes import open_audio, open_sound, open_take, read_blocks
from takevoice.errors import AudioError, BadResult, StorageError, UnsupportedAudio
from takevoice.jobs import Take
from takevoice.request import OUTPUT_FORMATS
from takevoice.system import place

# Seconds, and share of the segment, by which the length of an answer may differ.
LENGTH_TOLERANCE = (0.5, 0.05)
_RAW = {"pcm": "PCM_16", "ulaw": "ULAW", "alaw": "ALAW"}


def write_segment(
    take: Take, segmentation: Segmentation, segment: Segment, folder: Path, *, copy: bool = False
) -> Take:
    """Write the audio of a segment, as the backend gets it, to a file in `folder`.

    A segment that is the whole of a mono take is a link to the take, or a copy of it if `copy` is true; any other one is
    written as float32 with one channel. Backends and plugins thus get a plain file name, in a folder in which they may
    create files.

    Raises:
        AudioError: the take cannot be read.
        StorageError: the segment cannot be written.
    """
    for leftover in folder.glob(f"piece.{segment.name}.*"):
        place.unlink(leftover)
    if take.channels == 1 and segment.frames == take.frames and not _needs_stand_in(take):
        return _whole_take(take, folder / f"piece.{segment.name}{take.path.suffix}", copy=copy)
    weights = np.array(segmentation.buses[segment.bus].weights)
    path = folder / f"piece.{segment.name}.w64"
    with _create(path, take.sample_rate) as file:
        for block in _range(take, segment.start, segment.frames):
            file.write(block @ weights)
    return Take(path, segment.frames, take.sample_rate, 1, "W64", "FLOAT")


def _needs_stand_in(take: Take) -> bool:
    container = container_named(take.container)
    return container is not None and bool(container.stand_in)


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


def _range(take: Take, start: int, frames: int) -> Iterator[Samples]:
    """Yield a range of a take in blocks of shape (frames, channels)."""
    with open_take(take) as file:
        file.seek(start)
        for block in read_blocks(file, take.path):
            yield block[:frames]
            frames -= len(block)
            if frames <= 0:
                return


def decode_answer(encoded: Path, output_format: str, segment: Segment, sample_rate: int, path: Path) -> Take:
    """Decode the backend's answer for a segment to `path`: float32, one channel, at `sample_rate`, of its own length.

    Raises:
        BadResult: it cannot be decoded, or its length is not that of the segment.
    """
    frames = 0
    tolerance = max(LENGTH_TOLERANCE[0] * sample_rate, LENGTH_TOLERANCE[1] * segment.frames)
    with _create(path, sample_rate) as file:
        for block in decode(encoded, output_format, sample_rate):
            frames += len(block)
            if frames <= segment.frames + tolerance + 1:
                file.write(block)
    if abs(frames - segment.frames) > tolerance:
        raise BadResult(
            f"the backend sent {frames / sample_rate:.2f} s of audio for a take of {segment.frames / sample_rate:.2f} s",
            hint="try again; if it happens again, report it to the backend",
        )
    return Take(path, frames, sample_rate, 1, "W64", "FLOAT")


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
        raise BadResult(
            "the backend's answer cannot be read as audio", hint="try again, or see the log"
        ) from error


def decode(path: Path, output_format: str, sample_rate: int) -> Iterator[Samples]:
    """Yield the backend's answer as one channel at `sample_rate`, in blocks of shape (frames,)."""
    with open_encoded(path, output_format) as file:
        resampler = None
        if file.samplerate != sample_rate:
            resampler = make_resampler(file.samplerate, sample_rate, quality="VHQ")
        for mono in _mono(file, path):
            yield mono if resampler is None else resampler.process(mono)
        if resampler is not None:
            yield resampler.process(np.zeros(0), last=True)


def _mono(file: soundfile.SoundFile, path: Path) -> Iterator[Samples]:
    """Yield the mean of all channels; raise BadResult."""
    try:
        for block in read_blocks(file, path):
            mono = block.mean(axis=1)
            if not np.isfinite(mono).all():
                raise BadResult(
                    "the backend's answer contains samples that are not finite numbers", hint="try again"
                )
            yield mono
    except AudioError as error:
        raise BadResult(
            "the backend's answer is incomplete or damaged", hint="try again, or see the log"
        ) from error

"""The audio of a piece: as it is sent to the backend, and as it came back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile
import soxr

from takevoice.audio.segmentation import Segment, Segmentation
from takevoice.audio.takes import Samples, native, open_take, read_blocks
from takevoice.errors import AudioError, BadResult, StorageError
from takevoice.jobs import Take
from takevoice.request import OUTPUT_FORMATS

LENGTH_TOLERANCE = (0.5, 0.05)  # seconds, or share of the piece, by which an answer may differ in length
_RAW = {"pcm": "PCM_16", "ulaw": "ULAW", "alaw": "ALAW"}


def write_segment(take: Take, layout: Segmentation, piece: Segment, folder: Path, *, copy: bool = False) -> Take:
    """What is sent for a piece, in `folder`: a link to the take where it is just that, else float32 of one channel.

    Whoever converts gets a plain name, in a folder where new files harm nobody. `copy`: never a link.

    Raises:
        AudioError: the take cannot be read.
        StorageError: the piece cannot be written.
    """
    for leftover in folder.glob(f"piece.{piece.name}.*"):
        leftover.unlink(missing_ok=True)
    if take.channels == 1 and piece.frames == take.frames and take.container != "BW64":
        return _same(take, folder / f"piece.{piece.name}{take.path.suffix}", copy=copy)
    weights = np.array(layout.lanes[piece.lane].weights)
    path = folder / f"piece.{piece.name}.w64"
    with soundfile.SoundFile(native(path), "w", take.sample_rate, 1, "FLOAT", format="W64") as file:
        for block in stretch(take, piece.start, piece.frames):
            file.write(block @ weights)
    return Take(path, piece.frames, take.sample_rate, 1, "W64", "FLOAT")


def _same(take: Take, path: Path, *, copy: bool) -> Take:
    """The take under another name."""
    try:
        if not copy:
            path.symlink_to(take.path)
    except OSError:  # Windows asks for a right that few have
        copy = True
    try:
        if copy:
            shutil.copyfile(take.path, path)
    except OSError as error:
        raise StorageError(f"cannot be copied: {error.strerror or error}", where=str(path)) from error
    return replace(take, path=path)


def stretch(take: Take, start: int, frames: int) -> Iterator[Samples]:
    """A stretch of a take in blocks of shape (frames, channels)."""
    with open_take(take) as file:
        file.seek(start)
        for block in read_blocks(file, take.path):
            yield block[:frames]
            frames -= len(block)
            if frames <= 0:
                return


def received(encoded: Path, output_format: str, piece: Segment, sample_rate: int, path: Path) -> Take:
    """What came back for a piece, as float32 of one channel at `sample_rate`, at its own length.

    Raises:
        BadResult: it is no audio, or so much longer or shorter that it is not this piece's.
    """
    frames = 0
    allowed = max(LENGTH_TOLERANCE[0] * sample_rate, LENGTH_TOLERANCE[1] * piece.frames)
    with soundfile.SoundFile(native(path), "w", sample_rate, 1, "FLOAT", format="W64") as file:
        for block in decode(encoded, output_format, sample_rate):
            frames += len(block)
            if frames <= piece.frames + allowed + 1:
                file.write(block)
    if abs(frames - piece.frames) > allowed:
        raise BadResult(
            f"the backend sent {frames / sample_rate:.2f} s of audio for a take of {piece.frames / sample_rate:.2f} s",
            hint="try again; if it stays so, report it to the backend",
        )
    return Take(path, frames, sample_rate, 1, "W64", "FLOAT")


def open_encoded(path: Path, output_format: str) -> soundfile.SoundFile:
    """Opens what a backend sent; `output_format` matters for headerless formats only.

    Raises:
        BadResult: it is no audio.
    """
    known = OUTPUT_FORMATS.get(output_format)
    try:
        if known is not None and known.headerless:
            return soundfile.SoundFile(
                native(path), "r", known.sample_rate, 1, _RAW[known.codec], "LITTLE", "RAW"
            )
        return soundfile.SoundFile(native(path))
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise BadResult(
            "the backend's answer is no audio that can be read", hint="try again, or see the log"
        ) from error


def decode(path: Path, output_format: str, sample_rate: int) -> Iterator[Samples]:
    """One channel of what a backend sent, at `sample_rate`, in blocks of shape (frames,)."""
    with open_encoded(path, output_format) as file:
        resampler = None
        if file.samplerate != sample_rate:
            resampler = soxr.ResampleStream(file.samplerate, sample_rate, 1, dtype="float64", quality="VHQ")
        for mono in _mono(file, path):
            yield mono if resampler is None else resampler.resample_chunk(mono)
        if resampler is not None:
            yield resampler.resample_chunk(np.zeros(0), last=True)


def _mono(file: soundfile.SoundFile, path: Path) -> Iterator[Samples]:
    """The mean of the channels of what a backend sent."""
    try:
        for block in read_blocks(file, path):
            mono = block.mean(axis=1)
            if not np.isfinite(mono).all():
                raise BadResult("the backend's answer holds samples that are no numbers", hint="try again")
            yield mono
    except AudioError as error:
        raise BadResult(
            "the backend's answer breaks off, or is damaged", hint="try again, or see the log"
        ) from error

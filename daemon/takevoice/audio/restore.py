"""From what the backend sent to the original's shape: its rate, its exact length, its channels, as float32."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import soundfile
import soxr

from takevoice.audio.mono import plan_mixdown
from takevoice.audio.takes import BLOCK, Samples, native
from takevoice.errors import BadResult
from takevoice.jobs import Take
from takevoice.request import OUTPUT_FORMATS

LENGTH_TOLERANCE = (0.5, 0.05)  # seconds, or share of the take, by which an answer may differ in length
_RAW = {"pcm": "PCM_16", "ulaw": "ULAW", "alaw": "ALAW"}


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
        while len(block := file.read(BLOCK, dtype="float64", always_2d=True)):
            mono = block.mean(axis=1)
            if not np.isfinite(mono).all():
                raise BadResult("the backend's answer holds samples that are no numbers", hint="try again")
            yield mono if resampler is None else resampler.resample_chunk(mono)
        if resampler is not None:
            yield resampler.resample_chunk(np.zeros(0), last=True)


def exactly(pieces: Iterable[Samples], frames: int, sample_rate: int) -> Iterator[Samples]:
    """The pieces cut or filled with silence to `frames`.

    Raises:
        BadResult: they are so much longer or shorter that it is not this take.
    """
    came = 0
    for piece in pieces:
        room = max(0, frames - came)
        came += len(piece)
        if room and len(piece):
            yield piece[:room]
    if abs(came - frames) > max(LENGTH_TOLERANCE[0] * sample_rate, LENGTH_TOLERANCE[1] * frames):
        raise BadResult(
            f"the backend sent {came / sample_rate:.2f} s of audio for a take of {frames / sample_rate:.2f} s",
            hint="try again; if it stays so, report it to the backend",
        )
    if came < frames:
        yield np.zeros(frames - came)


def restore(take: Take, encoded: Path, output_format: str, folder: Path) -> Take:
    """A float32 file in `folder` with the frames, the rate and the channels of `take`.

    Raises:
        BadResult: the answer is not this take's audio.
    """
    gains = plan_mixdown(take).gains
    path = folder / "restored.w64"
    pieces = exactly(decode(encoded, output_format, take.sample_rate), take.frames, take.sample_rate)
    with soundfile.SoundFile(
        native(path), "w", take.sample_rate, take.channels, "FLOAT", format="W64"
    ) as file:
        for piece in pieces:
            file.write(piece[:, None] * gains)
    return Take(path, take.frames, take.sample_rate, take.channels, "W64", "FLOAT")

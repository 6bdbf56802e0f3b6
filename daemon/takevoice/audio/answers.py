"""What a backend has answered: whether it is audio, and as long as what it answers. The same for all that judge answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile

from takevoice.audio.opening import open_audio, open_sound
from takevoice.audio.resampling import make_resampler
from takevoice.audio.takes import read_blocks
from takevoice.audio.tape import Mono
from takevoice.errors import AudioError, BadResult, UnsupportedAudio
from takevoice.request import OUTPUT_FORMATS

LENGTH_TOLERANCE = (0.5, 0.05)
"""Seconds, and share of what was sent, by which the length of an answer may differ."""
LEAST = 0.5  # share of what was sent that an answer has at least: of a short take, half a second may be all
_REPORT = "if it happens again, report it to the backend"
_RAW = {"pcm": "PCM_16", "ulaw": "ULAW", "alaw": "ALAW"}


def length_tolerance(seconds: float) -> float:
    """Return by how many seconds the answer to so many seconds of audio may be longer or shorter."""
    return max(LENGTH_TOLERANCE[0], LENGTH_TOLERANCE[1] * seconds)


def check_length(received: float, sent: float) -> None:
    """Compare the durations of an answer and of what was sent, in seconds.

    Raises:
        BadResult: they differ too much.
    """
    if abs(received - sent) > length_tolerance(sent) or received < LEAST * sent:
        raise BadResult(f"the backend sent {received:.2f} s of audio for a take of {sent:.2f} s", hint=_REPORT)


def check_answer(path: Path, output_format: str, seconds: float) -> None:
    """Read a whole answer to so many seconds of audio; `output_format` is only needed for formats without a header.

    Raises:
        BadResult: it cannot be decoded, or its length differs too much: no station could use it.
    """
    with open_encoded(path, output_format) as file:
        frames = sum(len(block) for block in _mono(file, path))
        rate = file.samplerate
    check_length(frames / rate, seconds)


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

"""Encodings of a take for the upload: the file itself, FLAC, or raw 16 kHz PCM.

Read and written in blocks.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import soundfile

from takevoice import errors, make_resampler, open_sound

if TYPE_CHECKING:
    from takevoice import Take

BLOCK = 65_536  # frames
LARGE = 4_000_000  # bytes; encoding a smaller file takes longer than it saves
MAX_RATE = 48_000  # Hz, the highest rate of the API
PCM16_RATE = 16_000  # Hz
_CONTAINERS = {"WAV", "WAVEX", "FLAC", "MP3", "OGG"}
_UNUSUAL_SUBTYPES = {"FLOAT", "DOUBLE", "PCM_32"}
_COMPRESSED = {"FLAC", "MP3", "OGG"}

Block = np.ndarray[Any, np.dtype[np.float32]]


def sendable(take: Take) -> Path:
    """Return the take's file if the API can read it and it is small, else a 24-bit FLAC of it in the same folder.

    Raises:
        AudioError: the take cannot be read.
        StorageError: the FLAC cannot be written.
    """
    plain = (
        take.container in _CONTAINERS
        and take.subtype not in _UNUSUAL_SUBTYPES
        and take.endian in ("FILE", "LITTLE")
    )
    small = take.container in _COMPRESSED or take.path.stat().st_size <= LARGE
    if plain and small and take.sample_rate <= MAX_RATE:
        return take.path
    flac = take.path.with_name(f"{take.path.stem}.upload.flac")
    try:
        _encode(take.path, flac, min(take.sample_rate, MAX_RATE))
    except soundfile.LibsndfileError as error:
        raise errors.AudioError(f"cannot be encoded for the upload: {error}", where=str(take.path)) from error
    except OSError as error:
        raise errors.StorageError(f"cannot be written: {error.strerror or error}", where=str(flac)) from error
    return flac


def _encode(source: Path, flac: Path, rate: int) -> None:
    with open_sound(source) as sound:
        gain = np.float32(1.0)
        if sound.subtype in ("FLOAT", "DOUBLE") or rate != sound.samplerate:
            # FLAC cannot store samples above full scale; these can exceed it.
            gain = np.float32(min(1.0, 0.98 / max(_peak(sound), 1e-9)))
        with open_sound(flac, "w", rate, sound.channels, "PCM_24", format="FLAC") as out:
            for block in _blocks(sound, rate):
                out.write(np.clip(block * gain, -1.0, 1.0))


def _peak(sound: soundfile.SoundFile) -> float:
    peak = max(
        (float(np.abs(block).max(initial=0.0)) for block in _blocks(sound, sound.samplerate)), default=0.0
    )
    sound.seek(0)
    return peak


def _blocks(sound: soundfile.SoundFile, rate: int) -> Iterator[Block]:
    """Yield the sound at `rate` in blocks (frames, channels), without NaN and infinity."""
    resampler = make_resampler(sound.samplerate, rate, sound.channels) if rate != sound.samplerate else None
    while True:
        block = np.nan_to_num(sound.read(BLOCK, "float32", always_2d=True), posinf=1.0, neginf=-1.0)
        last = not len(block)
        if resampler is not None:
            block = resampler.process(block, last)
        if len(block):
            yield block
        if last:
            return


def _opened(audio: str | os.PathLike[str] | BinaryIO | bytes) -> soundfile.SoundFile:
    if isinstance(audio, str | os.PathLike):
        return open_sound(Path(audio))
    return soundfile.SoundFile(io.BytesIO(audio) if isinstance(audio, bytes) else audio)


def raw_pcm16(audio: str | os.PathLike[str] | BinaryIO | bytes) -> bytes:
    """Convert audio to 16-bit little-endian PCM at 16 kHz, mixed down to mono.

    Raises:
        AudioError: it cannot be read as audio.
    """
    try:
        with _opened(audio) as sound:
            blocks = [
                np.rint(block.mean(axis=1) * 32767).clip(-32768, 32767).astype("<i2").tobytes()
                for block in _blocks(sound, PCM16_RATE)
            ]
    except soundfile.LibsndfileError as error:
        raise errors.AudioError(f"cannot be read as audio: {error}") from error
    return b"".join(blocks)

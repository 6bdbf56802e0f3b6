"""Opening audio files: what they hold, their blocks, the hash of their audio. soundfile is used here and below."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from takevoice.audio.headers import completeness
from takevoice.errors import AudioError, IncompleteAudio, NotAudio, StorageError, UnsupportedAudio
from takevoice.jobs import Take

BLOCK = 65_536  # frames
MAX_FRAMES = 1 << 40
Samples = npt.NDArray[np.float64]

SUFFIXES = frozenset(".wav .wave .bwf .rf64 .w64 .aif .aiff .aifc .flac .ogg .oga .opus .caf".split())
"""What counts as a take, by the end of its name."""


def native(path: Path) -> str | bytes:
    """The path as soundfile takes it: as bytes where a name may be no valid Unicode."""
    return str(path) if sys.platform == "win32" else os.fsencode(path)


def inspect(path: Path) -> Take:
    """What the file holds.

    Raises:
        NotAudio, IncompleteAudio, UnsupportedAudio: it cannot be converted, and why.
        StorageError: it cannot be read.
    """
    try:
        if path.is_dir():
            raise NotAudio(
                "is a folder", where=str(path), hint="`takevoice run --once FOLDER` converts what is in one"
            )
        size = path.stat().st_size
        header = completeness(path)
    except FileNotFoundError:
        raise StorageError("is gone", where=str(path), hint="render it again") from None
    except OSError as error:
        raise StorageError(
            f"cannot be read: {error.strerror}", where=str(path), hint="check its owner and permissions"
        ) from error
    if size == 0:
        raise NotAudio("is empty (0 bytes)", where=str(path), hint="render it again")
    try:
        with soundfile.SoundFile(native(path)) as file:
            take = Take(
                path, file.frames, file.samplerate, file.channels, file.format, file.subtype, file.endian
            )
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise NotAudio(
            f"is no audio file that can be read ({_reason(error)})",
            where=str(path),
            hint="render it again, as WAV, AIFF, FLAC or OGG",
        ) from error
    if header.complete is False:
        raise IncompleteAudio(f"is not complete: {header.reason}", where=str(path), hint="render it again")
    if take.container in ("WAV", "WAVEX") and size >= 1 << 32:
        raise UnsupportedAudio(
            "is a WAV of over 4 GB, whose header cannot tell its true length",
            where=str(path),
            hint="render it as RF64 or W64",
        )
    if not 0 < take.frames < MAX_FRAMES:
        raise NotAudio("holds no audio", where=str(path), hint="render it again")
    return take


def _reason(error: Exception) -> str:
    text = getattr(error, "error_string", "") or str(error)
    return str(text).rstrip(".")


def open_take(take: Take) -> soundfile.SoundFile:
    """Opens the file of a take for reading; raises NotAudio when it has become unreadable."""
    try:
        return soundfile.SoundFile(native(take.path))
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise NotAudio(
            f"cannot be read any more ({_reason(error)})", where=str(take.path), hint="render it again"
        ) from error


def blocks(take: Take) -> Iterator[Samples]:
    """The audio in blocks of shape (frames, channels), full scale at 1.0.

    Raises:
        AudioError: the file holds fewer frames than it said.
    """
    seen = 0
    with open_take(take) as file:
        while len(block := file.read(BLOCK, dtype="float64", always_2d=True)):
            seen += len(block)
            yield block
    if seen != take.frames:
        raise AudioError(
            f"holds {seen} frames where its header says {take.frames}",
            where=str(take.path),
            hint="render it again",
        )


def audio_hash(take: Take) -> str:
    """Identifies the decoded audio: the same for the same samples at the same rate, whatever the file around them."""
    digest = hashlib.blake2b(f"{take.sample_rate}/{take.channels}".encode(), digest_size=16)
    kind = "int32" if take.subtype.startswith("PCM_") else "float64"
    with open_take(take) as file:
        while len(block := file.read(BLOCK, dtype=kind, always_2d=True)):
            digest.update(np.ascontiguousarray(block).tobytes())
    return digest.hexdigest()


def tone(path: Path, seconds: float = 0.25, sample_rate: int = 48_000) -> Take:
    """Writes a short buzz of 120 Hz, for trying a backend; returns it as a take."""
    time = np.arange(int(seconds * sample_rate)) / sample_rate
    buzz = sum(np.sin(2 * np.pi * 120 * k * time) / k for k in range(1, 30)) * 0.1
    soundfile.write(native(path), buzz, sample_rate, "PCM_24")
    return inspect(path)

"""Reading takes: their shape, their audio in blocks, the hash of their audio."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from takevoice.audio import other_media
from takevoice.audio.containers import (
    DECODED_SUFFIXES,
    VIDEO_SUFFIXES,
    Container,
    completeness,
    container_of,
)
from takevoice.audio.opening import BLOCK, open_audio, open_known, open_sound
from takevoice.audio.sample_formats import Samples
from takevoice.errors import AudioError, IncompleteAudio, NotAudio, StorageError, UnsupportedAudio
from takevoice.files import storage_error
from takevoice.jobs import Take
from takevoice.settled import UNSURE_QUIET, Completeness, Problem
from takevoice.system import place
from takevoice.system.writers import Writers

MAX_FRAMES = 1 << 40


def inspect(path: Path) -> Take:
    """Return the take in a file.

    Raises:
        NotAudio, IncompleteAudio, UnsupportedAudio: it cannot be converted.
        StorageError: it cannot be read.
    """
    with _examined(path) as (take, _):
        return take


def inspect_hashed(path: Path) -> tuple[Take, str]:
    """Return the take in a file and its `audio_hash`; the file is opened once.

    Raises:
        As `inspect`, and AudioError: it cannot be decoded.
    """
    with _examined(path) as (take, file):
        return take, _hash_of(take, file)


@contextmanager
def _examined(path: Path) -> Iterator[tuple[Take, soundfile.SoundFile]]:
    """Open the file of a take that can be converted; raises what `inspect` raises."""
    try:
        if path.is_dir():
            raise NotAudio(
                "is a folder", where=str(path), hint="`takevoice run --once FOLDER` converts the takes in it"
            )
        size = path.stat().st_size
        header = place.persist(lambda: completeness(path), path)
        container = container_of(path)
        # One whose name alone says that ffmpeg decodes it is no such file.
        is_named = path.suffix.lower() in DECODED_SUFFIXES | VIDEO_SUFFIXES
        other = other_media.kind_of(path) if container is None and size and not is_named else ""
    except OSError as error:
        raise storage_error("cannot be read", path, error) from error
    if size == 0:
        raise NotAudio("is empty (0 bytes)", where=str(path), hint="render it again")
    if other:
        raise UnsupportedAudio(
            f"is {other}, which takevoice does not read",
            where=str(path),
            hint=f'`ffmpeg -i "{path.name}" "{path.stem}.wav"` makes a WAV of it',
        )
    with ExitStack() as opened:
        file, take = _open_header(path, container, opened)
        _check_complete(path, header)
        _check_whole(path, container)
        _check_length(take, container, size)
        yield take, file


def _check_length(take: Take, container: Container | None, size: int) -> None:
    """Raise NotAudio for a take without audio, UnsupportedAudio for a file whose header cannot state its length."""
    path = take.path
    if container is not None and container.max_size is not None and size > container.max_size:
        raise UnsupportedAudio(
            f"is a {container.name} of over {container.max_size / 2**30:.0f} GB, whose header cannot state its true length",
            where=str(path),
            hint="render it as RF64 or W64; `ffmpeg -ignore_length 1 -i IN -c copy -rf64 auto OUT.wav` mends it",
        )
    if not 0 < take.frames < MAX_FRAMES:
        raise NotAudio("contains no audio", where=str(path), hint="render it again")


def _check_complete(path: Path, header: Completeness) -> None:
    """Raise IncompleteAudio for a file that is still being written, or was never finished."""
    if header.complete is not False:
        return
    if header.problem is Problem.NO_LENGTH:
        if not _is_growing(path):
            return  # as every other reader takes it: up to its end
        raise IncompleteAudio(
            "is not complete: a program is still writing it", where=str(path), hint="try again when it is finished"
        )
    hint = "render it again"
    if header.problem is Problem.INCOMPLETE:
        hint += "; if that is not possible, `ffmpeg -i IN -c copy OUT` saves what is there"
    raise IncompleteAudio(f"is not complete: {header.reason}", where=str(path), hint=hint)


def _is_growing(path: Path) -> bool:
    """Return True if a program has the file open for writing or, where that is unknown, wrote to it a moment ago."""
    try:
        writing = Writers().being_written(path)
        return time.time() - path.stat().st_mtime < UNSURE_QUIET if writing is None else writing
    except OSError as error:
        raise storage_error("cannot be read", path, error) from error


def _check_whole(path: Path, container: Container | None) -> None:
    """Raise UnsupportedAudio for a file of which libsndfile would read a part only."""
    if container is None:
        return
    try:
        with place.open_file(path, "rb") as file:
            container.check(file)
    except UnsupportedAudio as error:
        raise type(error)(error.what, where=str(path), hint=error.hint) from error
    except OSError as error:
        raise storage_error("cannot be read", path, error) from error


def _open_header(
    path: Path, container: Container | None, opened: ExitStack
) -> tuple[soundfile.SoundFile, Take]:
    """Open a file and return it with the take that its header describes."""
    try:
        file = opened.enter_context(open_known(path, container))
        name, subtype = file.format, file.subtype
        if container is not None and container.stand_in:
            name, subtype = container.name, container.subtype(path) or subtype
        return file, Take(path, file.frames, file.samplerate, file.channels, name, subtype, file.endian)
    except OSError as error:
        raise storage_error("cannot be read", path, error) from error
    except (soundfile.LibsndfileError, RuntimeError) as error:
        if "filename too long" in str(error):  # the limit of libsndfile, not of the system
            raise StorageError(
                f"has a path of {len(os.fsencode(path))} bytes, and about 1,000 can be read",
                where=str(path),
                hint="give its folders shorter names, or move it up",
            ) from error
        raise NotAudio(
            f"is not an audio file that can be read ({_reason(error)})",
            where=str(path),
            hint="render it again; if other programs play it, try `ffmpeg -i IN OUT.wav`",
        ) from error


def _reason(error: Exception) -> str:
    text = getattr(error, "error_string", "") or str(error)
    if "does not exist" in str(text) or "nspecified" in str(text):
        return "its contents are of no kind that is known"  # libsndfile's words for that mislead
    return str(text).rstrip(".")


def open_take(take: Take) -> soundfile.SoundFile:
    """Open the file of a take for reading; raise NotAudio or StorageError if it can no longer be read."""
    try:
        return open_audio(take.path)
    except OSError as error:
        raise storage_error("cannot be read", take.path, error) from error
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise NotAudio(
            f"can no longer be read ({_reason(error)})", where=str(take.path), hint="render it again"
        ) from error


def read_blocks(
    file: soundfile.SoundFile, path: Path, kind: str = "float64", frames: int = MAX_FRAMES
) -> Iterator[Any]:
    """Yield the audio from the current position of an open file in blocks of shape (frames, channels), up to `frames`.

    Raises:
        AudioError: it cannot be decoded.
    """
    try:
        while frames and len(block := file.read(min(BLOCK, frames), dtype=kind, always_2d=True)):
            frames -= len(block)
            yield block
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise AudioError(
            f"is damaged and cannot be decoded to its end ({_reason(error)})",
            where=str(path),
            hint="render it again",
        ) from error


def blocks(take: Take) -> Iterator[Samples]:
    """Yield the audio in blocks of shape (frames, channels), full scale at 1.0.

    Raises:
        AudioError: the number of frames differs from the header, or the audio cannot be decoded.
    """
    count = 0
    with open_take(take) as file:
        for block in read_blocks(file, take.path):
            count += len(block)
            yield block
    if count != take.frames:
        raise AudioError(
            f"contains {count} frames, but its header states {take.frames}",
            where=str(take.path),
            hint="render it again",
        )


def take_digest(sample_rate: int, channels: int) -> hashlib.blake2b:
    """Return the hash of a take, to be updated with its samples: left-aligned int32 for PCM, else float64."""
    return hashlib.blake2b(f"{sample_rate}/{channels}".encode(), digest_size=16)


def audio_hash(take: Take) -> str:
    """Return the hash of the decoded audio: equal for equal samples and rates, whatever the container."""
    with open_take(take) as file:
        return _hash_of(take, file)


def _hash_of(take: Take, file: soundfile.SoundFile) -> str:
    digest = take_digest(take.sample_rate, take.channels)
    kind = "int32" if take.subtype.startswith("PCM_") else "float64"
    for block in read_blocks(file, take.path, kind):
        digest.update(np.ascontiguousarray(block).data)
    return digest.hexdigest()


def write_test_tone(path: Path, seconds: float = 0.25, sample_rate: int = 48_000) -> Take:
    """Write a buzz of 120 Hz, to try a backend with; return it as a take."""
    time = np.arange(int(seconds * sample_rate)) / sample_rate
    buzz = sum(np.sin(2 * np.pi * 120 * k * time) / k for k in range(1, 30)) * 0.1
    with open_sound(path, "w", sample_rate, 1, "PCM_24") as file:
        file.write(buzz)
    return inspect(path)

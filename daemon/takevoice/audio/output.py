"""Writing the result in the original's container, sample format and byte order, with a mark that says it is ours."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from takevoice.audio.takes import Samples, audio_hash, blocks, inspect, native, open_take
from takevoice.errors import AudioError, StorageError, TakevoiceError, UnsupportedAudio
from takevoice.jobs import Take

MARK = "Converted by takevoice"
_PCM_BITS = {"PCM_S8": 8, "PCM_U8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32}
_SPARE = 1 << 20  # bytes that stay free beside the result


def write_like(original: Take, audio: Take, path: Path, mark: str) -> str:
    """Writes `audio` to `path` as the original is: container, subtype, byte order; returns the hash of its audio.

    `path` is overwritten. What was written is read back and compared with the original's shape.

    Raises:
        StorageError: the disk is full, or the folder cannot be written.
        UnsupportedAudio: the original's kind of file cannot be written back exactly.
    """
    if not soundfile.check_format(original.container, original.subtype, original.endian):
        raise UnsupportedAudio(
            f"is {original.container} with {original.subtype}, which can be read but not written",
            where=str(original.path),
            hint="render it as PCM or float",
        )
    _check_space(original, path.parent)
    try:
        # Made by Python first, so that the file has the rights that the user's umask gives.
        path.open("wb").close()
        with soundfile.SoundFile(
            native(path),
            "w",
            original.sample_rate,
            original.channels,
            original.subtype,
            original.endian,
            original.container,
        ) as file:
            _set_mark(file, mark)
            for block in blocks(audio):
                file.write(to_pcm(block, original.subtype))
        with path.open("rb+") as written:
            os.fsync(written.fileno())
    except (OSError, soundfile.LibsndfileError, AssertionError) as error:
        # A short write shows as an AssertionError of soundfile's.
        raise _storage_error(path.parent, error) from error
    return _verify(original, path)


def to_pcm(block: Samples, subtype: str) -> Samples | npt.NDArray[np.int32]:
    """Samples as they are to be written: rounded and clipped for PCM, for libsndfile alone would floor them."""
    bits = _PCM_BITS.get(subtype)
    if bits is None:
        return block
    scale = 2.0 ** (bits - 1)
    return (np.clip(np.rint(block * scale), -scale, scale - 1).astype(np.int64) << (32 - bits)).astype(
        np.int32
    )


def has_mark(take: Take) -> bool:
    """True when takevoice wrote the file and its mark is still in it."""
    with open_take(take) as file:
        return str(file.comment).startswith(MARK)


def make_folder(folder: Path) -> None:
    """Makes the folder, and those above it, if it is not there; raises StorageError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _storage_error(folder, error) from error


def _set_mark(file: soundfile.SoundFile, mark: str) -> None:
    try:
        file.comment = f"{MARK}: {mark}"
    except (soundfile.LibsndfileError, RuntimeError):
        return  # a container without room for text; the ledger and the name still tell


def _check_space(original: Take, folder: Path) -> None:
    try:
        needed = original.path.stat().st_size + _SPARE
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise _storage_error(folder, error) from error
    if free < needed:
        raise StorageError(
            f"the disk is full: {needed / 1e6:.1f} MB are needed, {free / 1e6:.1f} MB are free",
            where=str(folder),
            hint="make room, then `takevoice retry` the job",
        )


def _storage_error(folder: Path, error: Exception) -> TakevoiceError:
    if isinstance(error, OSError):
        return StorageError(
            f"cannot be written: {error.strerror}",
            where=str(folder),
            hint="check the folder's permissions and space, then `takevoice retry` the job",
        )
    free = shutil.disk_usage(folder).free if folder.is_dir() else 0
    what = "the disk is full" if free < _SPARE else f"could not be written ({str(error) or 'short write'})"
    return StorageError(what, where=str(folder), hint="make room, then `takevoice retry` the job")


def _verify(original: Take, path: Path) -> str:
    written = inspect(path)
    same = ("frames", "sample_rate", "channels", "container", "subtype")
    wrong = [name for name in same if getattr(written, name) != getattr(original, name)]
    if wrong:
        told = ", ".join(
            f"{name} {getattr(written, name)} instead of {getattr(original, name)}" for name in wrong
        )
        raise AudioError(
            f"cannot be written back exactly: {told}",
            where=str(original.path),
            hint="render it as PCM or float WAV",
        )
    return audio_hash(written)

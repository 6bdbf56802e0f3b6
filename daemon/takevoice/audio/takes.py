"""Opening audio files: what they hold, their blocks, the hash of their audio. soundfile is used here and below."""

from __future__ import annotations

import hashlib
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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


class _AsRf64(io.FileIO):
    """A BW64 file that says it is RF64: the layout is the same, and libsndfile knows only the older name."""

    def readinto(self, buffer: Any) -> int:
        at = self.tell()
        count = super().readinto(buffer)
        if at < 4 and count:
            view = memoryview(buffer).cast("B")
            for place in range(at, min(4, at + count)):
                view[place - at] = b"RF64"[place]
        return count

    def read(self, size: int | None = -1) -> bytes:
        at = self.tell()
        data = super().read(-1 if size is None else size)
        return b"RF64"[at:4] + data[4 - at :] if at < 4 and len(data) >= 4 - at else data


class _Bw64(soundfile.SoundFile):  # type: ignore[misc]
    def __init__(self, path: Path) -> None:
        self._shown = _AsRf64(path)
        try:
            super().__init__(self._shown)
        except BaseException:
            self._shown.close()
            raise

    def close(self) -> None:
        super().close()
        self._shown.close()


def is_bw64(path: Path) -> bool:
    """True for a BW64 (ITU-R BS.2088)."""
    with path.open("rb") as file:
        return file.read(4) == b"BW64"


def opened(path: Path) -> soundfile.SoundFile:
    """The audio file, open for reading.

    Raises:
        OSError, LibsndfileError, RuntimeError: it cannot be read.
    """
    return _Bw64(path) if is_bw64(path) else soundfile.SoundFile(native(path))


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
        with opened(path) as file:
            container = "BW64" if is_bw64(path) else file.format
            take = Take(
                path, file.frames, file.samplerate, file.channels, container, file.subtype, file.endian
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
        return opened(take.path)
    except (OSError, soundfile.LibsndfileError, RuntimeError) as error:
        raise NotAudio(
            f"cannot be read any more ({_reason(error)})", where=str(take.path), hint="render it again"
        ) from error


def read_blocks(file: soundfile.SoundFile, path: Path, kind: str = "float64") -> Iterator[Any]:
    """What an open file holds from where it stands, in blocks of shape (frames, channels).

    Raises:
        AudioError: it cannot be decoded.
    """
    try:
        while len(block := file.read(BLOCK, dtype=kind, always_2d=True)):
            yield block
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise AudioError(
            f"is damaged: it cannot be decoded to its end ({_reason(error)})",
            where=str(path),
            hint="render it again",
        ) from error


def blocks(take: Take) -> Iterator[Samples]:
    """The audio in blocks of shape (frames, channels), full scale at 1.0.

    Raises:
        AudioError: the file holds fewer frames than it said.
    """
    seen = 0
    with open_take(take) as file:
        for block in read_blocks(file, take.path):
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
        for block in read_blocks(file, take.path, kind):
            digest.update(np.ascontiguousarray(block).tobytes())
    return digest.hexdigest()


def write_test_tone(path: Path, seconds: float = 0.25, sample_rate: int = 48_000) -> Take:
    """Writes a short buzz of 120 Hz, for trying a backend; returns it as a take."""
    time = np.arange(int(seconds * sample_rate)) / sample_rate
    buzz = sum(np.sin(2 * np.pi * 120 * k * time) / k for k in range(1, 30)) * 0.1
    soundfile.write(native(path), buzz, sample_rate, "PCM_24")
    return inspect(path)

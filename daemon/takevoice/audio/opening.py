"""Opening audio files with soundfile: those that it reads as they are, and those that need help."""

from __future__ import annotations

import errno
import io
import os
from pathlib import Path
from typing import Any

import soundfile

from takevoice.audio.containers import Container, container_named, container_of
from takevoice.audio.sample_formats import BITS
from takevoice.jobs import Take
from takevoice.system import current, place

BLOCK = 65_536  # frames
_SYSTEM_ERROR = 2  # SF_ERR_SYSTEM, sndfile.h


def open_sound(
    path: Path, mode: str = "r", *shape: Any, kind: type[Any] = soundfile.SoundFile, **options: Any
) -> soundfile.SoundFile:
    """Open a file with soundfile; `shape` and `options` as in `soundfile.SoundFile`, `kind` is that or a subclass.

    Raises:
        OSError: the system refuses to open it.
        LibsndfileError, RuntimeError: it is not audio that can be read.
    """
    # In bytes where a name may be invalid Unicode.
    name = str(path) if current.name() == "windows" else os.fsencode(path)

    def opened() -> soundfile.SoundFile:
        try:
            return kind(name, mode, *shape, **options)
        except soundfile.LibsndfileError as error:
            if error.code != _SYSTEM_ERROR:
                raise
            # libsndfile hides why; Python's own way of opening the file tells.
            path.open("rb" if mode == "r" else "ab").close()
            raise OSError(errno.EBUSY, "another program may be holding it") from error

    return place.persist(opened, path)


class _Sequential(soundfile.SoundFile):  # type: ignore[misc]
    """A sound file that reads up to where it is to be, because its decoder cannot jump, or is not exact after a jump."""

    def __init__(self, *arguments: Any) -> None:
        self._at, self._arguments = 0, arguments
        super().__init__(*arguments)

    def seekable(self) -> bool:
        return False  # or soundfile jumps after each read, to where it is already

    def tell(self) -> int:
        return self._at

    def read(self, *arguments: Any, **options: Any) -> Any:
        block = super().read(*arguments, **options)
        self._at += len(block)
        return block

    def seek(self, frames: int, whence: int = os.SEEK_SET) -> int:
        target = frames + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.frames}[whence]
        if target < self._at:
            self._rewind()
        while self._at < target and len(self.read(min(BLOCK, target - self._at), dtype="float32", always_2d=True)):
            pass
        return self._at

    def _rewind(self) -> None:
        """Go to the start, with a new decoder where that cannot go back."""
        try:
            super().seek(0)
        except soundfile.LibsndfileError:
            soundfile.SoundFile.close(self)
            source = self._arguments[0]
            if isinstance(source, io.IOBase):
                source.seek(0)
            soundfile.SoundFile.__init__(self, *self._arguments)
        self._at = 0


class _StandIn(soundfile.SoundFile):  # type: ignore[misc]
    """A sound file that closes the file object it reads from."""

    def __init__(self, file: io.RawIOBase) -> None:
        self._stand_in = file
        try:
            super().__init__(file)
        except BaseException:
            file.close()
            raise

    def close(self) -> None:
        super().close()
        self._stand_in.close()


class _SequentialStandIn(_Sequential, _StandIn):
    """Both."""


def open_audio(path: Path) -> soundfile.SoundFile:
    """Open an audio file for reading.

    Raises:
        OSError, LibsndfileError, RuntimeError: it cannot be read.
    """
    return open_known(path, container_of(path))


def open_known(path: Path, container: Container | None) -> soundfile.SoundFile:
    """Do the same with a file whose container is known."""
    stand_in = None if container is None else container.open_stand_in(path)
    jumps = container is None or container.jumps(path)
    if stand_in is not None:
        return _StandIn(stand_in) if jumps else _SequentialStandIn(stand_in)
    file = open_sound(path, kind=soundfile.SoundFile if jumps else _Sequential)
    if not jumps or file.seekable():
        return file
    file.close()
    return open_sound(path, kind=_Sequential)


def reads_everywhere(take: Take) -> bool:
    """Return True if libsndfile opens the take's file as it is, at any place; raises what `open_audio` raises."""
    container = container_named(take.container)
    stand_in = None if container is None else container.open_stand_in(take.path)
    if stand_in is not None:
        stand_in.close()
        return False
    if take.subtype in BITS:
        return True
    with open_audio(take.path) as file:
        return bool(file.seekable()) or (container is not None and not container.seeks_exactly)


def libsndfile_version() -> str:
    """Return the version of the library that reads and writes audio files."""
    return str(soundfile.__libsndfile_version__)

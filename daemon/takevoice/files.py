"""Files on disk: the version of one, a name next to another, and writing one whole or not at all."""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from takevoice.errors import StorageError
from takevoice.system import place
from takevoice.system.access import advice


class FileVersion(NamedTuple):
    """One version of a file: as long as it stays the same, the file has not been written to."""

    size: int  # bytes
    mtime_ns: int
    inode: int


def signed(number: int) -> int:
    """Return an inode or device number as SQLite stores it; some systems use all 64 bits without a sign."""
    return (number + 2**63) % 2**64 - 2**63


def version_from_stat(status: os.stat_result) -> FileVersion:
    """Return the version that a stat result shows."""
    return FileVersion(status.st_size, status.st_mtime_ns, signed(status.st_ino))


def version_of(path: Path) -> FileVersion | None:
    """Return the file's current version; None when it is missing or not a regular file."""
    try:
        status = path.stat()
    except OSError:
        return None
    return version_from_stat(status) if stat.S_ISREG(status.st_mode) else None


def sibling_exists(path: Path, name: str) -> bool:
    """Return True when the same folder has a file of that name, in any Unicode spelling."""
    spellings = {name, unicodedata.normalize("NFC", name), unicodedata.normalize("NFD", name)} - {path.name}
    return any(path.with_name(spelling).exists() for spelling in spellings)


def storage_error(what: str, path: Path, error: OSError) -> StorageError:
    """Return the error to raise for a file or folder that the system refuses; `what` as in "cannot be read"."""
    if isinstance(error, FileNotFoundError) and "read" in what:
        return StorageError("is gone", where=str(path), hint="render it again")
    retry = "" if "read" in what else ", then `takevoice retry` the job"
    return StorageError(
        f"{what}: {error.strerror or error}", where=str(path), hint=f"{advice(error)}{retry}"
    )


@contextmanager
def storage_errors(folder: Path) -> Iterator[None]:
    """Raise StorageError for any OSError: a file in the folder could not be read or written."""
    try:
        yield
    except OSError as error:
        raise storage_error("cannot be used", Path(error.filename or folder), error) from error


def write_atomic(path: Path, data: bytes, *, durable: bool = False) -> None:
    """Write the file whole or not at all, replacing an older one; its folder must exist.

    `durable` waits until the data is on the disk, so that it also survives a power cut.

    Raises:
        OSError: it could not be written; an older file is left as it was.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with place.open_file(part, "wb") as file:
            file.write(data)
            if durable:
                place.sync(file)
        place.replace(part, path)
    except OSError:
        place.remove(part)
        raise

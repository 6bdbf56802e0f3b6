"""Files on disk: a name next to another, writing one whole or not at all, and errors with files as ours."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

from takevoice.errors import AudioError, NoAnswer, StorageError
from takevoice.system import place
from takevoice.system.access import advice, is_unreachable
from takevoice.system.fileid import is_placeholder, status_of
from takevoice.system.private import private_file


def sibling_exists(path: Path, name: str) -> bool:
    """Return True when the same folder has a file of that name, in any Unicode spelling."""
    spellings = {name, unicodedata.normalize("NFC", name), unicodedata.normalize("NFD", name)} - {path.name}
    return any(path.with_name(spelling).exists() for spelling in spellings)


def is_missing(path: Path) -> bool:
    """Return True when there is certainly no such file; False also when the system cannot tell."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        return False
    return False


def is_there(path: Path) -> bool:
    """Return True when there is such a file or folder; False also when the system cannot tell, as on a share whose server is gone."""
    try:
        path.stat()
    except (OSError, ValueError):
        return False
    return True


class InCloudOnly(StorageError):
    """The contents of the file are in the cloud only; looking at it would download it."""

    code = "in_cloud_only"


def check_local(path: Path) -> None:
    """Raise InCloudOnly for a file whose contents are not on this machine."""
    status = status_of(path)
    if status is not None and is_placeholder(status):
        raise InCloudOnly(
            "is in the cloud only, and a look does not download it", where=str(path), hint="keep it on this device first"
        )


def storage_error(what: str, path: Path, error: OSError) -> StorageError:
    """Return the error to raise for a file or folder that the system refuses; `what` as in "cannot be read"."""
    if isinstance(error, FileNotFoundError) and "read" in what:
        return StorageError("is gone", where=str(path), hint="render it again")
    retry = ", then `takevoice retry` the job" if what == "cannot be written" else ""
    kind = NoAnswer if is_unreachable(error) else StorageError
    return kind(
        f"{what}: {error.strerror or error}", where=str(path), hint=f"{advice(error)}{retry}"
    )


def unless_unreachable(error: Exception, path: Path) -> Exception:
    """Return the error; NoAnswer when the share of `path` does not answer, which decoders take for damaged audio."""
    if isinstance(error, OSError | AudioError | StorageError) and not isinstance(error, NoAnswer):
        try:
            path.stat()
        except OSError as refused:
            if is_unreachable(refused):
                return storage_error("cannot be read", path, refused)
        except ValueError:
            pass
    return error


def rename_new(source: Path, target: Path) -> None:
    """Give a complete file a name that no file has; it stays in its folder's drive.

    Raises:
        FileExistsError: a file has the name.
        OSError: it cannot be renamed.
    """
    place.rename_new(source, target)


def write_atomic(path: Path, data: bytes, *, durable: bool = False, private: bool = False) -> None:
    """Write the file whole or not at all, replacing an older one; its folder must exist.

    `durable` waits until the data is on the disk, so that it also survives a power cut.
    `private` keeps it from other users of the machine.

    Raises:
        OSError: it could not be written; an older file is left as it was.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    if private:
        private_file(part)
    try:
        with place.open_file(part, "wb") as file:
            file.write(data)
            if durable:
                place.sync(file)
        place.replace(part, path)
    except OSError:
        place.remove(part)
        raise

"""Giving a finished file its name: in one step, and never over another file."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from takevoice.errors import StorageError

_AT_FDCWD = -100
_RENAME_NOREPLACE = 1
_NOT_HERE = {errno.ENOSYS, errno.EINVAL, errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK}


def publish(temp: Path, names: Iterable[Path], before: Callable[[Path], None]) -> Path:
    """Renames `temp` to the first of `names` that is free; `before` is told the name first.

    Raises:
        StorageError: the folder cannot be written.
    """
    for name in names:
        if os.path.lexists(name):
            continue
        before(name)
        try:
            _rename_exclusive(temp, name)
        except FileExistsError:
            continue
        except OSError as error:
            raise StorageError(
                f"cannot be written: {error.strerror}",
                where=str(name),
                hint="check the folder, then `takevoice retry` the job",
            ) from error
        _sync_folder(name.parent)
        return name
    raise StorageError("no free name is left", where=str(temp.parent))


def _rename_exclusive(source: Path, target: Path) -> None:
    """Renames; raises FileExistsError where os.replace would overwrite."""
    if sys.platform == "win32":
        source.rename(target)  # refuses by itself there
        return
    if sys.platform == "linux" and _renameat2(source, target):
        return
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in _NOT_HERE:
            raise
        # No links on this file system (FAT, some network shares): take the name, then replace our own file.
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        source.replace(target)
    else:
        source.unlink()


def _renameat2(source: Path, target: Path) -> bool:
    """Linux' rename that refuses; False where the system or the file system has none."""
    function = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if function is None:
        return False
    if function(_AT_FDCWD, os.fsencode(source), _AT_FDCWD, os.fsencode(target), _RENAME_NOREPLACE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _NOT_HERE:
        return False
    raise OSError(number, os.strerror(number), str(source), None, str(target))


def _sync_folder(folder: Path) -> None:
    if sys.platform == "win32":
        return
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass  # some network file systems cannot; the name is there all the same
    finally:
        os.close(handle)

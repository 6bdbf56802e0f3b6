"""Publishing: a finished file gets its name in one step, without ever overwriting another file."""

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
_UNSUPPORTED = {errno.ENOSYS, errno.EINVAL, errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK}


def publish(temp: Path, names: Iterable[Path], before_rename: Callable[[Path], None]) -> Path:
    """Rename `temp` to the first of `names` that is free, and return it; `before_rename` is called with it first.

    Raises:
        StorageError: the folder cannot be written.
    """
    for name in names:
        if os.path.lexists(name):
            continue
        before_rename(name)
        try:
            _rename_exclusive(temp, name)
        except FileExistsError:
            continue
        except OSError as error:
            raise StorageError(
                f"cannot be written: {error.strerror}",
                where=str(name),
                hint="check the folder's permissions and space, then `takevoice retry` the job",
            ) from error
        _sync_folder(name.parent)
        return name
    raise StorageError("no free name is left", where=str(temp.parent))


def _rename_exclusive(source: Path, target: Path) -> None:
    """Rename the file; raise FileExistsError where os.replace would overwrite."""
    if sys.platform == "win32":
        source.rename(target)  # never overwrites on Windows
        return
    if sys.platform == "linux" and _renameat2(source, target):
        return
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise
        # Without links (FAT, some network shares): reserve the name with an empty file, then replace that.
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        source.replace(target)
    else:
        source.unlink()


def _renameat2(source: Path, target: Path) -> bool:
    """Rename without overwriting; return False if the system or the file system does not support it."""
    function = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if function is None:
        return False
    if function(_AT_FDCWD, os.fsencode(source), _AT_FDCWD, os.fsencode(target), _RENAME_NOREPLACE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _UNSUPPORTED:
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
        pass  # not supported by some network file systems; the file has its name nevertheless
    finally:
        os.close(handle)

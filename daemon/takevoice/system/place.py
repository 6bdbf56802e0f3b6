"""Steps with files that another program may hold for a moment: rename, replace, remove, open, and syncing to the disk.

A virus scanner, an indexer, a backup or a sync client opens files just after they are written. Windows then refuses to
rename or remove them (sharing violation), and so do some shares and FUSE drives elsewhere. Each step is repeated for up
to `PATIENCE` seconds; then the error of the system is raised as it is.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import importlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, cast

from takevoice.system import current

PATIENCE = 5.0  # seconds
PAUSES = (0.01, 0.02, 0.04, 0.08, 0.16, 0.25)  # seconds between two tries; the last one repeats
_BUSY_ERRNOS = {errno.EBUSY, errno.ETXTBSY}
# ERROR_ACCESS_DENIED (also while a removal is pending), _SHARING_VIOLATION, _LOCK_VIOLATION, _DELETE_PENDING,
# _USER_MAPPED_FILE: learn.microsoft.com, System Error Codes.
_BUSY_WINDOWS = {5, 32, 33, 303, 1224}
_NO_SYNC = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EBADF, errno.ENOTTY}
_UNSUPPORTED = {errno.ENOSYS, errno.EINVAL, errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK}
_RESERVATION_AT_MOST = 100  # bytes
_AT_FDCWD, _RENAME_NOREPLACE = -100, 1  # linux/fs.h
_RENAME_EXCL = 4  # macOS, sys/stdio.h
_F_FULLFSYNC = 51  # macOS, sys/fcntl.h: also empties the cache of the drive

Result = TypeVar("Result")


class _Unsupported(Exception):
    """This system or file system cannot rename without overwriting."""


def persist(step: Callable[[], Result], path: Path) -> Result:
    """Do a step with the file; repeat it while another program holds the file, for up to `PATIENCE` seconds.

    Raises:
        OSError: as raised by the last try.
    """
    deadline, tries = time.monotonic() + PATIENCE, 0
    while True:
        try:
            return step()
        except OSError as error:
            pause = PAUSES[min(tries, len(PAUSES) - 1)]
            if not _is_busy(error, path) or time.monotonic() + pause > deadline:
                raise
        time.sleep(pause)
        tries += 1


def open_file(path: Path, mode: str) -> BinaryIO:
    """Open a file in a binary mode; raises OSError."""
    return persist(lambda: cast(BinaryIO, path.open(mode)), path)


def replace(source: Path, target: Path) -> None:
    """Give the file another name; a file that has the name is replaced. Raises OSError."""
    persist(lambda: source.replace(target), target)


def is_same_file(one: Path, other: Path) -> bool:
    """Return True when both names are of one file, or of a copy that `link` has made."""
    try:
        first, second = one.stat(), other.stat()
    except OSError:
        return False
    if first.st_ino and (first.st_dev, first.st_ino) == (second.st_dev, second.st_ino):
        return True
    return (first.st_size, first.st_mtime_ns) == (second.st_size, second.st_mtime_ns)


def link(source: Path, target: Path) -> None:
    """Give a file that is not written any more a second name, in place of a file that has it; copy it where there are no links.

    Raises:
        OSError: neither is possible; `target` is as it was.
    """
    if is_same_file(source, target):
        return
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        try:
            persist(lambda: part.hardlink_to(source), source)
        except OSError as error:
            if error.errno not in {*_UNSUPPORTED, errno.EXDEV}:
                raise
            shutil.copy2(source, part)
            with open_file(part, "r+b") as file:
                sync(file)
            shutil.copystat(source, part)
        replace(part, target)
    finally:
        remove(part)  # two names of one file: the replacement does nothing


def rename_new(source: Path, target: Path) -> bool:
    """Give the file a name that no file has; returns False where only an exclusive create made sure that no file had it.

    Raises:
        FileExistsError: a file has the name.
        OSError: it cannot be renamed; `target` is as it was.
    """
    try:
        persist(lambda: _RENAME_NEW[current.name()](source, target), target)
    except _Unsupported:
        try:
            persist(lambda: target.hardlink_to(source), target)
        except FileExistsError:
            raise
        except OSError as error:
            if error.errno not in _UNSUPPORTED:
                raise
            _rename_reserved(source, target)
            return False
        remove(source)
    return True


def try_create(folder: Path) -> None:
    """Create a file in the folder and remove it again.

    Where the system can, the file never has a name, so that a kill leaves nothing behind. Elsewhere it is closed before it
    is removed: Windows and its shares remove no open file.

    Raises:
        OSError: the folder cannot be written.
    """
    nameless = getattr(os, "O_TMPFILE", None)  # open(2) of Linux
    if nameless is not None:
        with contextlib.suppress(OSError):  # not supported by this file system, or the folder cannot be written
            os.close(os.open(folder, nameless | os.O_WRONLY, 0o600))
            return
    named = folder / f".tv-{secrets.token_hex(6)}.part"
    os.close(os.open(named, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    unlink(named)


def unlink(path: Path) -> None:
    """Remove a file that may be missing; raises OSError."""
    with contextlib.suppress(FileNotFoundError):
        persist(path.unlink, path)


def remove(path: Path) -> None:
    """Remove a file that may be missing; one that cannot be removed stays."""
    with contextlib.suppress(OSError):
        unlink(path)


def remove_tree(folder: Path) -> None:
    """Remove a folder with everything in it; what cannot be removed stays."""
    with contextlib.suppress(FileNotFoundError):
        with contextlib.suppress(OSError):
            persist(lambda: shutil.rmtree(folder), folder)
            return
        shutil.rmtree(folder, ignore_errors=True)


def sync(file: BinaryIO) -> None:
    """Wait until the written file is on the disk; a file system that cannot tell is not waited for. Raises OSError."""
    file.flush()
    try:
        _SYNC[current.name()](file.fileno())
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise


def sync_folder(folder: Path) -> None:
    """Wait until the names in the folder are on the disk, where the system can do that."""
    if current.name() == "windows":
        return  # a folder cannot be opened there; NTFS keeps a journal of names
    with contextlib.suppress(OSError):  # not supported by some shares; the file has its name nevertheless
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def is_reservation(path: Path, source: Path) -> bool:
    """Return True when the file is nothing but the name reserved for `source`, left behind by a killed process."""
    wanted = _reservation(source)
    try:
        return path.stat().st_size == len(wanted) and path.read_bytes() == wanted
    except OSError:
        return False


def is_reserved(path: Path) -> bool:
    """Return True while the file is a name that some process reserves for the one it is about to give that name."""
    try:
        return path.stat().st_size < _RESERVATION_AT_MOST and re.fullmatch(rb"\.tv-[0-9a-f-]+\.part", path.read_bytes()) is not None
    except OSError:
        return False


def _is_busy(error: OSError, path: Path) -> bool:
    """Return True when another program may be holding the file; a missing right is not that."""
    code = getattr(error, "winerror", None)
    if code is not None:
        return code in _BUSY_WINDOWS
    if error.errno == errno.EACCES:
        # Shares and FUSE drives report a file that is held in this way, too.
        return os.access(path.parent, os.W_OK) and (not path.exists() or os.access(path, os.R_OK))
    return error.errno in _BUSY_ERRNOS


def _reservation(source: Path) -> bytes:
    return os.fsencode(source.name)


def _rename_reserved(source: Path, target: Path) -> None:
    """Rename without links (FAT, some shares): a small file of our own reserves the name, and is then replaced."""
    handle = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    try:
        os.write(handle, _reservation(source))
    finally:
        os.close(handle)
    try:
        replace(source, target)
    except BaseException:
        if is_reservation(target, source):
            remove(target)
        raise


def _renameat2(source: Path, target: Path) -> None:
    """renameat2(2) with RENAME_NOREPLACE."""
    function = getattr(current.c_library(), "renameat2", None)
    if function is None:
        raise _Unsupported
    _checked(
        function(_AT_FDCWD, os.fsencode(source), _AT_FDCWD, os.fsencode(target), _RENAME_NOREPLACE), target
    )


def _renamex_np(source: Path, target: Path) -> None:
    """renamex_np(2) with RENAME_EXCL, macOS 10.12 and newer."""
    function = getattr(current.c_library(), "renamex_np", None)
    if function is None:
        raise _Unsupported
    _checked(function(os.fsencode(source), os.fsencode(target), _RENAME_EXCL), target)


def _checked(returned: int, target: Path) -> None:
    if returned == 0:
        return
    number = ctypes.get_errno()
    if number in _UNSUPPORTED:
        raise _Unsupported
    raise OSError(number, os.strerror(number), str(target))


def _move_file(source: Path, target: Path) -> None:
    """Rename; os.rename never overwrites on Windows."""
    source.rename(target)


def _full_sync(handle: int) -> None:
    fcntl: Any = importlib.import_module("fcntl")
    try:
        fcntl.fcntl(handle, _F_FULLFSYNC)
    except OSError:
        os.fsync(handle)  # not supported by this file system


_RENAME_NEW: Mapping[str, Callable[[Path, Path], None]] = {
    "linux": _renameat2,
    "macos": _renamex_np,
    "windows": _move_file,
}
_SYNC: Mapping[str, Callable[[int], None]] = {"linux": os.fsync, "macos": _full_sync, "windows": os.fsync}

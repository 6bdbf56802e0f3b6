"""What a file is: its version, when it came to its folder, and whether its contents are on this machine at all."""

from __future__ import annotations

import ctypes
import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from takevoice.system import current

# learn.microsoft.com, File Attribute Constants: OFFLINE, RECALL_ON_OPEN, RECALL_ON_DATA_ACCESS.
_RECALL = 0x1000 | 0x40000 | 0x400000
_SF_DATALESS = 0x40000000  # macOS, sys/stat.h: the contents are with a sync provider, such as iCloud Drive
_FILE_BASIC_INFO = 0  # FILE_INFO_BY_HANDLE_CLASS
_SHARE_ALL, _OPEN_EXISTING, _READ_ATTRIBUTES = 7, 3, 0x80
_UNIX_EPOCH = 11_644_473_600  # seconds from the epoch of FILETIME, 1601, to 1970


Stored = tuple[int, int, int]
"""A version as it is kept by the hundred thousand: the plain tuple costs the garbage collector nothing."""


class FileVersion(NamedTuple):
    """One version of a file: as long as it stays the same, the file has not been written to."""

    size: int  # bytes
    mtime_ns: int
    inode: int  # 0: unknown

    def is_same(self, other: Stored | None, *, after_mount: bool = False) -> bool:
        """Return True when both are the same version.

        `after_mount`: they were seen in two sessions or mounts. FAT, SMB and FUSE drives then give a file another inode,
        so only size and time count.
        """
        if other is None or self[:2] != other[:2]:
            return False
        return after_mount or self.inode == other[2] or 0 in (self.inode, other[2])


def signed(number: int) -> int:
    """Return an inode as SQLite stores it; some systems use all 64 bits without a sign, or more."""
    return number if number < 2**63 else (number + 2**63) % 2**64 - 2**63


def status_of(path: Path) -> os.stat_result | None:
    """Return the stat result of a regular file; None when it is missing or anything else.

    Never taken from a listing: on Windows, os.DirEntry.stat() has no inode, and lags behind while a file is open.
    """
    try:
        status = path.stat()
    except OSError:
        return None
    return status if stat.S_ISREG(status.st_mode) else None


def version_from(status: os.stat_result) -> FileVersion:
    """Return the version that a stat result shows."""
    return FileVersion(status.st_size, status.st_mtime_ns, signed(status.st_ino))


def version_of(path: Path) -> FileVersion | None:
    """Return the file's current version; None when it is missing or not a regular file."""
    status = status_of(path)
    return None if status is None else version_from(status)


def has_inode(status: os.stat_result) -> bool:
    """Return True when a stat result has the file's inode; those of a listing have none on Windows."""
    return status.st_ino != 0


def folder_identity(status: os.stat_result) -> tuple[int, int]:
    """Return what tells a folder from another one of that name, for as long as its volume stays mounted."""
    return status.st_dev, status.st_ino


def device(status: os.stat_result) -> int:
    """Return the number of the volume that a file is on, for as long as it stays mounted."""
    return status.st_dev


def is_placeholder(status: os.stat_result) -> bool:
    """Return True for a file in the cloud only (OneDrive, iCloud Drive): opening it would download it."""
    attributes, flags = getattr(status, "st_file_attributes", 0), getattr(status, "st_flags", 0)
    return bool(attributes & _RECALL or flags & _SF_DATALESS)


def arrived(path: Path) -> float:
    """Return since when the file is in its folder with its contents, as Unix time; a move or a copy changes it.

    Raises:
        OSError: the file cannot be examined.
    """
    status = path.stat()
    return max(status.st_mtime, _CHANGE_TIME[current.name()](path, status))


def rested(path: Path, status: os.stat_result) -> float:
    """Return for how many seconds a file had not been written when its status last changed, such as by a rename.

    Both times are the file system's own, so no clocks are compared. 0 where it keeps no time of change.
    """
    return max(0.0, _CHANGE_TIME[current.name()](path, status) - status.st_mtime)


def _change_time_unix(_path: Path, status: os.stat_result) -> float:
    """stat(2): the time of the last change of status, which a rename is."""
    return status.st_ctime


class _BasicInfo(ctypes.Structure):
    """FILE_BASIC_INFO."""

    _fields_ = [
        ("creation", ctypes.c_int64),
        ("access", ctypes.c_int64),
        ("write", ctypes.c_int64),
        ("change", ctypes.c_int64),
        ("attributes", ctypes.c_uint32),
    ]


def _change_time_windows(path: Path, status: os.stat_result) -> float:
    """Return the time of the last change of the file or its name; st_ctime is the time of its creation there."""
    kernel = current.kernel32()
    kernel.CreateFileW.restype = ctypes.c_void_p
    handle = kernel.CreateFileW(str(path), _READ_ATTRIBUTES, _SHARE_ALL, None, _OPEN_EXISTING, 0, None)
    if handle in (None, ctypes.c_void_p(-1).value):
        return status.st_ctime
    info = _BasicInfo()
    got = kernel.GetFileInformationByHandleEx(
        ctypes.c_void_p(handle), _FILE_BASIC_INFO, ctypes.byref(info), ctypes.sizeof(info)
    )
    kernel.CloseHandle(ctypes.c_void_p(handle))
    if not got or not info.change:
        return status.st_ctime  # FAT keeps none
    return max(status.st_ctime, float(info.change) / 1e7 - _UNIX_EPOCH)


_CHANGE_TIME: Mapping[str, Callable[[Path, os.stat_result], float]] = {
    "linux": _change_time_unix,
    "macos": _change_time_unix,
    "windows": _change_time_windows,
}

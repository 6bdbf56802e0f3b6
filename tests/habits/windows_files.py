"""Habits of files on Windows."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

_TIMES = ("st_atime", "st_mtime", "st_ctime", "st_atime_ns", "st_mtime_ns", "st_ctime_ns")


def changed_stat(status: os.stat_result, **fields: int) -> os.stat_result:
    """Return a copy of a stat result with other values in the first ten fields."""
    names = ("st_mode", "st_ino", "st_dev", "st_nlink", "st_uid", "st_gid", "st_size")
    first = [fields.get(name, getattr(status, name)) for name in names]
    whole = [int(getattr(status, name)) for name in _TIMES[:3]]
    return os.stat_result((*first, *whole, *(getattr(status, name) for name in _TIMES)))


class _Entry:
    def __init__(self, entry: os.DirEntry[str]) -> None:
        self._entry, self.name, self.path = entry, entry.name, entry.path
        self.is_dir, self.is_file, self.is_symlink = entry.is_dir, entry.is_file, entry.is_symlink
        self.inode = entry.inode

    def __fspath__(self) -> str:
        return self.path

    def stat(self, **options: Any) -> os.stat_result:
        return changed_stat(self._entry.stat(**options), st_ino=0, st_dev=0, st_nlink=0)


class _Scan:
    def __init__(self, scan: Any) -> None:
        self._scan = scan

    def __enter__(self) -> _Scan:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[_Entry]:
        return self

    def __next__(self) -> _Entry:
        return _Entry(next(self._scan))

    def close(self) -> None:
        self._scan.close()


def scans_without_inodes(patch: Any) -> None:
    """List folders without inodes.

    Python, os.DirEntry.stat: "On Windows, the st_ino, st_dev and st_nlink attributes of the stat_result are always set
    to zero. Call os.stat() to get these attributes."
    """
    scandir = os.scandir
    patch.setattr(os, "scandir", lambda *path: _Scan(scandir(*path)))
    patch.setattr(shutil, "_use_fd_functions", False)  # as on Windows: it would compare these inodes with real ones

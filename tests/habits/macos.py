"""Calls of macOS' C library, as its manual pages describe them, on this machine's files."""

from __future__ import annotations

import ctypes
import errno
import os
from typing import Any

import psutil

from takevoice.system import current

RENAME_EXCL = 4  # sys/stdio.h


class Library:
    """renamex_np(2) with RENAME_EXCL; a volume without UUID."""

    def renamex_np(self, source: bytes, target: bytes, flags: int) -> int:
        assert flags == RENAME_EXCL
        if os.path.lexists(target):
            ctypes.set_errno(errno.EEXIST)
            return -1
        try:
            os.rename(source, target)  # noqa: PTH104 - bytes
        except OSError as error:
            ctypes.set_errno(error.errno or 0)
            return -1
        return 0

    translated = 0

    def sysctlbyname(self, name: bytes, value: Any, _size: Any, _new: None, _length: Any) -> int:
        """sysctlbyname(3); "sysctl.proc_translated" is 1 under Rosetta, and unknown on a Mac with an Intel processor."""
        assert name == b"sysctl.proc_translated"
        if self.translated < 0:
            ctypes.set_errno(errno.ENOENT)
            return -1
        value._obj.value = self.translated
        return 0

    def getattrlist(self, *_: Any) -> int:
        ctypes.set_errno(errno.ENOTSUP)
        return -1


def as_macos(patch: Any) -> None:
    """Take the ways that are written for macOS."""
    library, every = Library(), psutil.process_iter
    # The first process of a container may belong to this user and still hide its files, as none does on a Mac.
    patch.setattr(psutil, "process_iter", lambda *what: (each for each in every(*what) if each.pid != 1))
    patch.setattr(current, "c_library", lambda: library)
    patch.setattr(current, "name", lambda: "macos")

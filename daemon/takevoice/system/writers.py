"""Does some process have a file open for writing? None where the system cannot tell.

Linux: a read lease is granted only while no process has the file open for writing (fcntl(2), F_SETLEASE); it needs
ownership of the file. Windows: opening without sharing for writing fails while a writer is there (CreateFileW). macOS:
the open files of the user's processes are listed (libproc, by psutil). The list does not say which are open for writing,
and may not have the files of a file server, so it only clears a file that none has open while no file server runs.
"""

from __future__ import annotations

import ctypes
import errno
import importlib
import os
import signal
import threading
import time
import unicodedata
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from takevoice.system import current

LISTED = 0.5  # seconds for which a list of open files is used
FILE_SERVERS = {"smbd", "AppleFileServer", "nfsd", "netatalk", "afpd", "ftpd"}
_SHARE_READ, _OPEN_EXISTING, _GENERIC_READ, _SHARING_VIOLATION = 1, 3, 0x80000000, 32


def prepare_process() -> None:
    """Prepare the process; call it once in the main thread. The signal of a broken lease would end the process."""
    if current.name() == "linux" and threading.current_thread() is threading.main_thread():
        signal.signal(signal.Signals["SIGIO"], signal.SIG_IGN)


class Writers:
    """Looks for programs that write a file."""

    def __init__(self) -> None:
        self._open_files: tuple[float, Collection[str] | None] = (0.0, None)

    def being_written(self, path: Path) -> bool | None:
        """Return True when some process has the file open for writing, False when none has, None when that is unknown.

        Raises:
            OSError: the file cannot be opened.
        """
        return _BEING_WRITTEN[current.name()](self, path)

    def _by_lease(self, path: Path) -> bool | None:
        fcntl: Any = importlib.import_module("fcntl")
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
        try:
            fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
            fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        except OSError as error:
            return True if error.errno == errno.EAGAIN else None
        finally:
            os.close(handle)
        return False

    def _by_sharing(self, path: Path) -> bool | None:
        kernel = current.kernel32()
        kernel.CreateFileW.restype = ctypes.c_void_p
        handle = kernel.CreateFileW(str(path), _GENERIC_READ, _SHARE_READ, None, _OPEN_EXISTING, 0, None)
        if handle in (None, ctypes.c_void_p(-1).value):
            return True if current.last_error() == _SHARING_VIOLATION else None
        kernel.CloseHandle(ctypes.c_void_p(handle))
        return False

    def _by_open_files(self, path: Path) -> bool | None:
        path.stat()
        now = time.monotonic()
        listed, names = self._open_files
        if not listed or now - listed > LISTED:
            names = _open_files()
            self._open_files = time.monotonic(), names
        if names is None or _spelt(os.path.realpath(path)) in names:
            return None
        return False


def _open_files() -> Collection[str] | None:
    """Return every file that a process of this user has open; None where that is not the whole truth."""
    import psutil  # slow to load

    me, names = os.getuid(), set[str]()  # type: ignore[attr-defined,unused-ignore]
    for process in psutil.process_iter(["name", "uids"]):
        if process.info["name"] in FILE_SERVERS:
            return None
        uids = process.info["uids"]
        if uids is None or uids.real != me:
            continue
        try:
            names.update(_spelt(each.path) for each in process.open_files())
        except psutil.NoSuchProcess:
            continue
        except (psutil.Error, OSError):
            return None
    return names


def _spelt(path: str) -> str:
    """Return a path as it compares where names differ in neither case nor normal form."""
    return unicodedata.normalize("NFC", path).casefold()


_BEING_WRITTEN: Mapping[str, Callable[[Writers, Path], bool | None]] = {
    "linux": Writers._by_lease,
    "macos": Writers._by_open_files,
    "windows": Writers._by_sharing,
}

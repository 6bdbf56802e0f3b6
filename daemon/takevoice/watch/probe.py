"""Does some process have a file open for writing? One small question per system; None where the system cannot tell.

Linux: a read lease is granted only while no process has the file open for writing (fcntl(2), F_SETLEASE); it
needs ownership of the file. Windows: opening without sharing for writing fails while a writer is there
(CreateFileW); written with care, not tested there. macOS has no cheap way.
"""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import sys
import threading
from pathlib import Path


def prepare_process() -> None:
    """Prepare the process; call it once in the main thread. The signal of a broken lease would end the process."""
    if sys.platform == "linux" and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGIO, signal.SIG_IGN)


def being_written(path: Path) -> bool | None:
    """Return True when some process has the file open for writing, False when none has, None when the system cannot tell.

    Raises:
        OSError: the file cannot be opened.
    """
    return _probe(path)


if sys.platform == "linux":
    import fcntl

    def _probe(path: Path) -> bool | None:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
            fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        except OSError as error:
            return True if error.errno == errno.EAGAIN else None
        finally:
            os.close(handle)
        return False

elif sys.platform == "win32":

    def _probe(path: Path) -> bool | None:
        generic_read, share_read, open_existing, sharing_violation = 0x80000000, 1, 3, 32
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.CreateFileW.restype = ctypes.c_void_p
        handle = kernel.CreateFileW(str(path), generic_read, share_read, None, open_existing, 0, None)
        if handle == ctypes.c_void_p(-1).value:
            return True if ctypes.get_last_error() == sharing_violation else None
        kernel.CloseHandle(ctypes.c_void_p(handle))
        return False

else:

    def _probe(path: Path) -> bool | None:  # noqa: ARG001
        return None

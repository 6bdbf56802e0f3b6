"""The two pipes of Audacity's mod-script-pipe, one per direction.

The module creates them in /tmp with the user's number in their names; on Windows they are named pipes (untested).
"""

from __future__ import annotations

import errno
import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from takevoice import errors

HINT = "start Audacity; if it is running, enable mod-script-pipe under Edit > Preferences > Modules and restart it"
SIZE = 65_536  # bytes per read
OPEN_TIMEOUT = 1.5  # seconds
TO_AUDACITY, FROM_AUDACITY = Path(r"\\.\pipe\ToSrvPipe"), Path(r"\\.\pipe\FromSrvPipe")  # on Windows


class AudacityError(errors.TakevoiceError):
    """Audacity is not running, or a command failed."""

    code = "audacity"


class Pipes(Protocol):
    """The connection to Audacity, in both directions."""

    def send(self, data: bytes) -> None:
        """Send `data`; raises OSError if Audacity has closed the connection."""

    def receive(self) -> bytes:
        """Return what has arrived since the last call, b"" for nothing. Does not wait."""

    def close(self) -> None:
        """Close the connection."""


def open_pipes() -> Pipes:
    """Open the pipes of the running Audacity.

    Raises:
        AudacityError: Audacity is not running, or its module is not enabled.
    """
    deadline = time.monotonic() + OPEN_TIMEOUT
    while True:
        try:
            return _PIPES.get(sys.platform, _Fifos)()
        except OSError as error:
            # After another client has disconnected, Audacity needs a moment to listen again.
            if error.errno not in (errno.ENXIO, errno.ENOENT) or time.monotonic() > deadline:
                raise _open_error(error) from error
        time.sleep(0.05)


def _open_error(error: OSError) -> AudacityError:
    if error.errno in (errno.ENXIO, errno.ENOENT, errno.EINVAL):
        return AudacityError("Audacity is not running, or mod-script-pipe is not enabled", hint=HINT)
    return AudacityError(f"Audacity's pipe cannot be opened: {error.strerror}", hint=HINT)


class _Fifos:
    """FIFOs opened without blocking: a crashed Audacity leaves its pipes, and a blocking open would wait forever."""

    def __init__(self) -> None:
        posix: Any = os
        names = (f"/tmp/audacity_script_pipe.{way}.{posix.getuid()}" for way in ("to", "from"))  # noqa: S108
        to, back = names
        self._to = os.open(to, os.O_WRONLY | posix.O_NONBLOCK)
        try:
            self._back = os.open(back, os.O_RDONLY | posix.O_NONBLOCK)
        except OSError:
            os.close(self._to)
            raise
        posix.set_blocking(self._to, True)

    def send(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._to, data) :]

    def receive(self) -> bytes:
        try:
            return os.read(self._back, SIZE)
        except BlockingIOError:
            return b""

    def close(self) -> None:
        os.close(self._to)
        os.close(self._back)


class _NamedPipes:
    """Named pipes of Windows. They cannot be read without waiting, so a thread reads them."""

    def __init__(self, to: Path = TO_AUDACITY, back: Path = FROM_AUDACITY) -> None:
        self._to = to.open("wb", buffering=0)
        self._back = back.open("rb", buffering=0)
        self._received: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        threading.Thread(target=self._read, name="audacity", daemon=True).start()

    def _read(self) -> None:
        try:
            while data := self._back.read(SIZE):
                self._received.put(data)
        except (OSError, ValueError):
            return  # the pipe was closed

    def send(self, data: bytes) -> None:
        self._to.write(data)

    def receive(self) -> bytes:
        found = b""
        while not self._received.empty():
            found += self._received.get()
        return found

    def close(self) -> None:
        self._to.close()
        self._back.close()


_PIPES: Mapping[str, Callable[[], Pipes]] = {"win32": _NamedPipes}

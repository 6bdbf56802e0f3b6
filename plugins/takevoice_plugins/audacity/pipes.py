"""The two pipes of Audacity's mod-script-pipe, as bytes that go and bytes that have come.

They are where the module puts them: in /tmp with the user's number, on Windows as named pipes (not tried there).
"""

from __future__ import annotations

import errno
import os
import queue
import sys
import threading
import time
from pathlib import Path
from typing import Protocol

from takevoice import errors

HINT = "start Audacity, and enable mod-script-pipe under Edit > Preferences > Modules (then start it again)"
SIZE = 65_536  # bytes
PATIENCE = 1.5  # seconds


class AudacityError(errors.TakevoiceError):
    """Audacity is not there, or cannot do what it was asked for."""

    code = "audacity"


class Pipes(Protocol):
    """Both directions."""

    def send(self, data: bytes) -> None:
        """Sends; raises OSError when Audacity has gone away."""

    def receive(self) -> bytes:
        """What has come since the last call; b"" for nothing."""

    def close(self) -> None:
        """Ends the connection."""


def open_pipes() -> Pipes:
    """The pipes of the Audacity that runs.

    Raises:
        AudacityError: there is none, or its module is not enabled.
    """
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return _NamedPipes() if sys.platform == "win32" else _Fifos(os.getuid())
        except OSError as error:
            # It listens again a moment after another client has left.
            if error.errno not in (errno.ENXIO, errno.ENOENT) or time.monotonic() > deadline:
                raise _unusable(error) from error
        time.sleep(0.05)


def _unusable(error: OSError) -> AudacityError:
    if error.errno in (errno.ENXIO, errno.ENOENT, errno.EINVAL):
        return AudacityError("no Audacity listens", hint=HINT)
    return AudacityError(f"Audacity's pipe cannot be opened: {error.strerror}", hint=HINT)


class _Fifos:
    """Neither end ever blocks: a plain open would wait for an Audacity that may have died and left its pipes."""

    def __init__(self, user: int) -> None:
        to, back = (Path(f"/tmp/audacity_script_pipe.{way}.{user}") for way in ("to", "from"))  # noqa: S108
        self._to = os.open(to, os.O_WRONLY | os.O_NONBLOCK)
        try:
            self._back = os.open(back, os.O_RDONLY | os.O_NONBLOCK)
        except OSError:
            os.close(self._to)
            raise
        os.set_blocking(self._to, True)

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
    """Windows gives no way to look without waiting: a thread waits."""

    def __init__(self) -> None:
        self._to = Path(r"\\.\pipe\ToSrvPipe").open("wb", buffering=0)  # noqa: SIM115
        self._back = Path(r"\\.\pipe\FromSrvPipe").open("rb", buffering=0)  # noqa: SIM115
        self._came: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        threading.Thread(target=self._read, name="audacity", daemon=True).start()

    def _read(self) -> None:
        try:
            while data := self._back.read(SIZE):
                self._came.put(data)
        except (OSError, ValueError):
            return  # closed

    def send(self, data: bytes) -> None:
        self._to.write(data)

    def receive(self) -> bytes:
        found = b""
        while not self._came.empty():
            found += self._came.get()
        return found

    def close(self) -> None:
        self._to.close()
        self._back.close()

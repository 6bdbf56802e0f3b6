"""Commands to a running Audacity: one per line. The last line of each reply is the status."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from takevoice_plugins.audacity.pipes import HINT, AudacityError, Pipes, open_pipes

COMMAND_TIMEOUT = 60.0  # seconds; the import of a long file takes a while
START_TIMEOUT = 10.0  # seconds for an Audacity that has just been started
RETRY_AFTER = 1.0  # seconds without a reply after which the first command is sent again
POLL_INTERVAL = 0.01  # seconds
STATUS = b"BatchCommand finished:"
PROBE = "GetInfo: Type=Tracks Format=JSON"


class Audacity:
    """A running Audacity."""

    def __init__(self, pipes: Pipes) -> None:
        self._pipes = pipes

    def wait(self) -> None:
        """Wait until Audacity replies. It loses commands that arrive while it is starting, so they are repeated.

        Raises:
            AudacityError: it does not reply.
        """
        deadline = time.monotonic() + START_TIMEOUT
        attempts = 0
        while True:
            attempts += 1
            try:
                self.do(PROBE, RETRY_AFTER)
                break
            except AudacityError:
                if time.monotonic() > deadline:
                    raise
        if attempts > 1:
            # Replies to the earlier attempts may still arrive, and Audacity crashes if they are not read.
            time.sleep(RETRY_AFTER)

    def do(self, command: str, timeout: float = COMMAND_TIMEOUT) -> str:
        """Run a command; return Audacity's reply without the status.

        Raises:
            AudacityError: the command failed, or there is no reply within `timeout` seconds.
        """
        name = command.partition(":")[0]
        while self._pipes.receive():
            pass  # discard the rest of an earlier reply
        try:
            self._pipes.send(f"{command}\n".encode())
        except OSError as error:
            raise AudacityError("Audacity has closed the connection", hint=HINT) from error
        reply, _, status = self._reply(name, timeout).partition(STATUS)
        if not status.strip().startswith(b"OK"):
            raise AudacityError(f"Audacity failed to run {name}: {reply.decode('utf-8', 'replace').strip()}")
        return reply.decode("utf-8", "replace")

    def _reply(self, name: str, timeout: float) -> bytes:
        deadline = time.monotonic() + timeout
        received = b""
        while STATUS not in received or not received.endswith(b"\n\n"):
            if time.monotonic() > deadline:
                raise AudacityError(
                    f"Audacity does not reply to {name}", hint="close any open dialogs in Audacity"
                )
            data = self._pipes.receive()
            received += data
            if not data:
                time.sleep(POLL_INTERVAL)
        return received

    def info(self, kind: str) -> list[dict[str, Any]]:
        """Return the entries of `GetInfo` for `kind`, such as Tracks or Clips."""
        try:
            found = json.loads(self.do(f"GetInfo: Type={kind} Format=JSON"))
        except ValueError as error:
            raise AudacityError(
                "Audacity sent a reply that is not JSON", hint="try again, or restart Audacity"
            ) from error
        return [entry for entry in found if isinstance(entry, dict)]


def quoted(text: object) -> str:
    """Quote a value for use as a parameter of a command."""
    return '"' + str(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'


@contextmanager
def connected() -> Iterator[Audacity]:
    """Connect to the running Audacity and wait until it is ready for commands.

    Raises:
        AudacityError: Audacity is not running, its module is not enabled, or it does not reply.
    """
    pipes = open_pipes()
    try:
        audacity = Audacity(pipes)
        audacity.wait()
        yield audacity
    finally:
        pipes.close()

"""Commands to a running Audacity: one a line, answered by lines of which the last says how it went."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from takevoice_plugins.audacity.pipes import HINT, AudacityError, Pipes, open_pipes

ANSWER = 60.0  # seconds for a command; an import of a long file takes a while
READY = 10.0  # seconds for an Audacity that has just started
AGAIN = 1.0  # seconds after which one that is starting is asked again
LOOK = 0.01  # seconds between two looks for an answer
END = b"BatchCommand finished:"
ASK = "GetInfo: Type=Tracks Format=JSON"


class Audacity:
    """A running Audacity."""

    def __init__(self, pipes: Pipes) -> None:
        self._pipes = pipes

    def wait(self) -> None:
        """Waits until it answers; one that is starting loses what it is asked too early.

        Raises:
            AudacityError: it does not answer.
        """
        deadline = time.monotonic() + READY
        asked = 0
        while True:
            asked += 1
            try:
                self.do(ASK, AGAIN)
                break
            except AudacityError:
                if time.monotonic() > deadline:
                    raise
        if asked > 1:
            # Answers to the earlier questions may still come, and Audacity dies of one that nobody reads.
            time.sleep(AGAIN)

    def do(self, command: str, wait: float = ANSWER) -> str:
        """Gives a command; returns what Audacity says.

        Raises:
            AudacityError: it refuses, or does not answer within `wait` seconds.
        """
        name = command.partition(":")[0]
        while self._pipes.receive():
            pass  # the end of an earlier answer
        try:
            self._pipes.send(f"{command}\n".encode())
        except OSError as error:
            raise AudacityError("Audacity has gone away", hint=HINT) from error
        said, _, end = self._answer(name, wait).partition(END)
        if not end.strip().startswith(b"OK"):
            raise AudacityError(f"Audacity cannot do {name}: {said.decode('utf-8', 'replace').strip()}")
        return said.decode("utf-8", "replace")

    def _answer(self, name: str, wait: float) -> bytes:
        deadline = time.monotonic() + wait
        came = b""
        while END not in came or not came.endswith(b"\n\n"):
            if time.monotonic() > deadline:
                raise AudacityError(
                    f"Audacity does not answer to {name}", hint="close the dialogs that are open in it"
                )
            data = self._pipes.receive()
            came += data
            if not data:
                time.sleep(LOOK)
        return came

    def info(self, kind: str) -> list[dict[str, Any]]:
        """What `GetInfo` tells of tracks or clips."""
        try:
            found = json.loads(self.do(f"GetInfo: Type={kind} Format=JSON"))
        except ValueError as error:
            raise AudacityError("Audacity's answer cannot be read") from error
        return [entry for entry in found if isinstance(entry, dict)]


def quoted(text: object) -> str:
    """A text as a parameter."""
    return '"' + str(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'


@contextmanager
def connected() -> Iterator[Audacity]:
    """The Audacity that runs, ready for commands.

    Raises:
        AudacityError: there is none, its module is not enabled, or it does not answer.
    """
    pipes = open_pipes()
    try:
        audacity = Audacity(pipes)
        audacity.wait()
        yield audacity
    finally:
        pipes.close()

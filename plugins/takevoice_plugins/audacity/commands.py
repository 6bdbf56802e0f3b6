"""Commands to a running Audacity: one per line. The last line of each reply is the status."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from takevoice_plugins.audacity.pipes import HINT, AudacityError, Pipes, open_pipes

COMMAND_TIMEOUT = 60.0  # seconds; the import of a long file takes a while
START_TIMEOUT = 10.0  # seconds for an Audacity that has just been started
RETRY_AFTER = 1.0  # seconds without a reply after which the first command is sent again
POLL_INTERVAL = 0.01  # seconds
STATUS = b"BatchCommand finished:"
BUSY = "stop playback and recording and close any open dialogs in Audacity"
_BARE_BACKSLASH = re.compile(r'\\(?!")|\\(?="(?:, ?"\w+" ?:|\s*[}\]]))')
PROBE = "GetInfo: Type=Tracks Format=JSON"


@dataclass(frozen=True)
class Exported:
    """Where an exported sound starts and ends, in seconds rounded to a microsecond, and the project's rate in Hz."""

    start: float
    end: float
    project_rate: float


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
        reply, is_well = self._run(command, timeout)
        if not is_well:
            name, told = command.partition(":")[0], " ".join(reply.split())
            raise AudacityError(f"Audacity failed to run {name}" + (f": {told}" if told else ""), hint=BUSY)
        return reply

    def _run(self, command: str, timeout: float = COMMAND_TIMEOUT) -> tuple[str, bool]:
        name = command.partition(":")[0]
        while self._pipes.receive():
            pass  # discard the rest of an earlier reply
        try:
            self._pipes.send(f"{command}\n".encode())
        except OSError as error:
            raise AudacityError("Audacity has closed the connection", hint=HINT) from error
        reply, _, status = self._reply(name, timeout).partition(STATUS)
        return reply.decode("utf-8", "replace"), status.strip().startswith(b"OK")

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
            found = json.loads(repaired(self.do(f"GetInfo: Type={kind} Format=JSON")), strict=False)
        except ValueError as error:
            raise AudacityError(
                "Audacity sent a reply that is not JSON", hint="try again, or restart Audacity"
            ) from error
        return [entry for entry in found if isinstance(entry, dict)]

    def is_time_selected(self) -> bool:
        """Return whether more than a position is selected: otherwise an effect opens a dialog, and waits for it."""
        # A comparison needs two tracks and fails, but looks at the time first.
        return "no selection" not in self._run("CompareAudio:")[0]

    def nyquist(self, expression: str) -> None:
        """Evaluate a Lisp expression as an effect on the selection; one that returns "" changes nothing.

        Raises:
            AudacityError: nothing is selected, or the expression failed.
        """
        self.do(f"NyquistPrompt: Command={quoted(expression)}")

    def export_sound(self, path: Path) -> Exported:
        """Write the selected sound to a WAV file.

        It is the sound in the clips: 32-bit float at the track's rate, without envelope, gain, pan, mute and effects.
        Gaps between clips are silent.
        """
        facts = path.with_suffix(".txt")
        self.nyquist(
            f'(progn (setf *float-format* "%.6f") (setf file (open {_lisp(facts)} :direction :output)) '
            "(format file \"~A ~A ~A\" (get '*selection* 'start) (get '*selection* 'end) (get '*project* 'rate)) "
            "(close file) "
            # All of a sound stays in memory as long as a variable holds it.
            "(setf sound *track*) (setf *track* nil) (s-save (prog1 sound (setf sound nil)) ny:all "
            f'{_lisp(path)} :format snd-head-wave :mode snd-mode-float :bits 32) "")'
        )
        if not path.is_file():
            raise AudacityError("Audacity did not write the selection", where=str(path))
        return Exported(*map(float, facts.read_text().split()))

    def replace_sound(self, path: Path) -> None:
        """Replace the selected sound by that of a file of the same length. This adds no undo step."""
        self.nyquist(f"(s-read {_lisp(path)})")


def _lisp(path: Path) -> str:
    return quoted(path.as_posix())


def repaired(reply: str) -> str:
    r"""Return Audacity's JSON with the backslashes of names escaped: it escapes quotes only.

    A backslash before a quote that ends a text is the text's last character.
    """
    return _BARE_BACKSLASH.sub(r"\\\\", reply)


def quoted_name(name: str) -> str:
    """Quote the name of a track. Audacity would read a backslash and an n as a new line, so it gets a slash there."""
    return quoted(name.replace("\\n", "/n"))


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

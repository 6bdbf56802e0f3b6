"""The child process that runs the model: starting it, one exchange of messages after another, and its end."""

from __future__ import annotations

import atexit
import contextlib
import logging
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, cast

from takevoice import aside_options, end_child, errors, private_folder
from takevoice_plugins.neural.child.wire import BadMessage, Stopped, read_message, write_message

LONGEST = 900.0  # seconds after which a process that does not answer is ended
SLOW = 120.0  # seconds after which the log says that it does not answer
LOOK = 0.5  # seconds between two looks whether it is still there
GRACE = 2.0  # seconds for a process to end by itself when its input is closed
TAIL = 2000  # bytes of its log that are looked at
log = logging.getLogger(__name__)


class ChildEnded(errors.BackendError):
    """The process ended while it was asked: it crashed, or was killed, perhaps by the system for want of memory."""

    code = "neural_process"


class ChildProcess:
    """A running child. What it prints goes to the file `log`, which starts empty."""

    def __init__(self, command: Sequence[str], log: Path) -> None:
        self._log = log
        try:
            private_folder(log.parent)
            with log.open("wb") as output:
                # In a session of its own, so that the terminal's signals do not reach it; without a window on Windows.
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=output,
                    **aside_options(),
                )
        except OSError as error:
            raise errors.BackendUnavailable(
                f"the neural process cannot be started: {error.strerror or error}",
                where=command[0],
                hint="see [plugins.neural] in the config",
            ) from error
        self._input, self._output = (cast("BinaryIO", pipe) for pipe in (self._process.stdin, self._process.stdout))
        self._why = ""  # it was ended by takevoice
        atexit.register(self.kill)

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def exchange(self, header: Mapping[str, Any], payload: bytes = b"") -> tuple[dict[str, Any], bytes]:
        """Send a message and return the answer.

        Raises:
            ChildEnded: the process ended, sent something that is no message, or took too long.
        """
        answered = threading.Event()
        threading.Thread(target=self._watch, args=[answered], name="takevoice-neural-watch", daemon=True).start()
        try:
            write_message(self._input, header, payload)
            answer = read_message(self._output)
        except (OSError, ValueError, Stopped) as error:
            raise self._ended() from error
        except BadMessage as error:
            raise self._ended(str(error)) from error
        finally:
            answered.set()
        if answer is None:
            raise self._ended()
        return answer

    def _watch(self, answered: threading.Event) -> None:
        """End what is left of a process that has died, as its pipes may stay open, and one that takes too long."""
        begun, told = time.monotonic(), False
        while not answered.wait(LOOK):
            if self._process.poll() is not None:
                # What it has started itself, as a script does, holds the pipes open.
                self.kill()
                return
            waited = time.monotonic() - begun
            if waited >= LONGEST:
                self._why = f"did not answer for {LONGEST / 60:.3g} minutes, and was ended"
                self.kill()
                return
            if waited >= SLOW and not told:
                told = True
                log.warning(
                    "the neural process has not answered for %.3g minutes; it is ended after %.3g", SLOW / 60, LONGEST / 60
                )

    def _ended(self, why: str = "") -> ChildEnded:
        self.end()
        code = self._process.returncode
        how = f"was ended by signal {-code}" if code and code < 0 else f"ended with exit code {code}"
        how = self._why or why or how
        last = self._last_line()
        return ChildEnded(
            f"the neural process {how}" + (f": {last}" if last else ""),
            hint=f"retry the job; what the process printed is in {self._log}",
        )

    def _last_line(self) -> str:
        try:
            lines = self._log.read_bytes()[-TAIL:].decode("utf-8", "replace").split("\n")
        except OSError:
            return ""
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    def kill(self) -> None:
        """End the process at once, also while another thread exchanges messages with it."""
        end_child(self._process)
        self._process.kill()

    def end(self) -> None:
        """Close the input, which ends the process, and wait until it is gone."""
        atexit.unregister(self.kill)
        with contextlib.suppress(OSError):
            self._input.close()
        try:
            self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            pass
        self.kill()
        self._process.wait()
        self._output.close()

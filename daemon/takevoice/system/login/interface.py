"""What the login services of all systems have in common."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

NAME = "takevoice"
"""The name of the unit, the label of the agent, and the name of the task."""
STOP = 20  # seconds until the system kills a takevoice that it has asked to stop; takevoice needs up to ten
NOT_FOUND = 127  # exit code of a shell for a program that does not exist


@dataclass(frozen=True)
class Setup:
    """What the service is to run, and for whom."""

    python: str  # the interpreter, as in sys.executable
    base: str  # the installation that it belongs to, as in sys.base_prefix
    state: Path
    home: Path
    uid: int
    environment: Mapping[str, str]
    into: Path | None = None  # the folder for the file, if it is not the usual one

    @classmethod
    def current(cls, state: Path, into: Path | None = None) -> Setup:
        """Return the setup for this Python and this user."""
        uid = int(getattr(os, "getuid", lambda: 0)())  # Windows has none, and needs none
        return cls(sys.executable, sys.base_prefix, state, Path.home(), uid, os.environ, into)

    @property
    def arguments(self) -> tuple[str, ...]:
        """The arguments of Python. `-P`: modules in the current folder are not imported."""
        return ("-P", "-m", "takevoice", "run", "--state", str(self.state))


@dataclass(frozen=True)
class Call:
    """A command to run."""

    argv: tuple[str, ...]
    may_fail: bool = False  # for example, because there is nothing to stop
    patience: float = 0.0  # seconds in which it is tried again after a failure


@dataclass(frozen=True)
class Answer:
    """How a command ended: its exit code, and what it printed."""

    code: int
    output: str = ""

    @property
    def reason(self) -> str:
        """The last line of the output, which usually says what went wrong."""
        return next((line for line in reversed(self.output.splitlines()) if line.strip()), "").strip()


Runner = Callable[[Sequence[str]], Answer]


@dataclass(frozen=True)
class Status:
    """What the system knows about the service; None where it cannot be asked, or no program can rely on its answer."""

    installed: bool | None
    running: bool | None = None
    since: str = ""
    problem: str = ""


class LoginService(Protocol):
    """One system's way to start takevoice at login."""

    @property
    def name(self) -> str:
        """How messages name it."""

    def files(self) -> Mapping[Path, bytes]:
        """Return the files of the service, by path.

        Raises:
            StorageError: a path cannot be expressed in such a file.
        """

    def folders(self) -> Sequence[Path]:
        """Return the folders that must exist before the service starts."""

    def obsolete(self) -> Mapping[Path, bytes]:
        """Return the files of earlier versions, which would start a second takevoice, with their first bytes."""

    def install(self) -> Sequence[Call]:
        """Return the commands that register the files, and start takevoice or start it again."""

    def remove(self) -> Sequence[Call]:
        """Return the commands that stop takevoice and remove the registration."""

    def after_removal(self) -> Sequence[Call]:
        """Return the commands to run when the files are deleted."""

    def status(self, run: Runner) -> Status:
        """Return what the system knows about the service."""

    def steps(self, watched: Sequence[Path]) -> Sequence[str]:
        """Return what is left to the user, given the watched folders."""

    def line(self, argv: Sequence[str]) -> str:
        """Return a command as it is typed in a shell of the system."""


def run(argv: Sequence[str]) -> Answer:
    """Run a command, and return how it ended."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, errors="replace", check=False)
    except OSError as error:
        return Answer(NOT_FOUND, f"{argv[0]}: {error.strerror}")
    return Answer(done.returncode, done.stdout + done.stderr)


def perform(call: Call, run: Runner, sleep: Callable[[float], None] = time.sleep) -> Answer:
    """Run a command until it succeeds or its patience is over."""
    waited = 0
    while (answer := run(call.argv)).code and answer.code != NOT_FOUND and waited < call.patience:
        sleep(1)
        waited += 1
    return answer

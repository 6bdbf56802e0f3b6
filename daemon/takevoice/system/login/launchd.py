"""An agent of launchd. Formats: launchd.plist(5), launchctl(1)."""

from __future__ import annotations

import os
import plistlib
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from takevoice.errors import StorageError
from takevoice.system.login.interface import NAME, NOT_FOUND, STOP, Call, Runner, Setup, Status

PAUSE = 60  # seconds between two starts, at least
GUARDED = ("Documents", "Desktop", "Downloads", "Library/Mobile Documents", "Library/CloudStorage")
"""Folders of the home folder that macOS protects (TCC); so are all volumes but the first."""


class Launchd:
    """Starts takevoice in the user's graphical session."""

    name = "launchd"

    def __init__(self, setup: Setup) -> None:
        self._setup = setup

    def files(self) -> Mapping[Path, bytes]:
        """Return the property list. Its name is that of its label."""
        try:
            return {self._path(): plistlib.dumps(self._agent())}
        except ValueError as error:  # control characters, or bytes that are not UTF-8
            raise StorageError(
                f"cannot be named in a property list: {error}",
                where=str(self._setup.state),
                hint="give another state dir with --state DIR",
            ) from error

    def _agent(self) -> Mapping[str, object]:
        # With --launchd, the exit code is also 0 if the config cannot be used: launchd starts takevoice again after
        # every other one, and has no limit of starts.
        log = str(self._logs() / "launchd.log")
        return {
            "Label": NAME,
            "ProgramArguments": [self._setup.python, *self._setup.arguments, "--launchd"],
            "RunAtLoad": True,
            "KeepAlive": {"SuccessfulExit": False},
            "ThrottleInterval": PAUSE,
            "ExitTimeOut": STOP,
            # A user waits for each take. Every other type lets macOS throttle CPU and disk; `Adaptive` needs XPC.
            "ProcessType": "Interactive",
            # The graphical session, where the login keychain can be asked.
            "LimitLoadToSessionType": "Aqua",
            "StandardOutPath": log,
            "StandardErrorPath": log,
        }

    def _path(self) -> Path:
        folder = self._setup.into or self._setup.home / "Library" / "LaunchAgents"
        return folder / f"{NAME}.plist"

    def _logs(self) -> Path:
        return self._setup.home / "Library" / "Logs" / NAME

    def folders(self) -> Sequence[Path]:
        """Return the folder of the log, which launchd does not make."""
        return (self._logs(),)

    def obsolete(self) -> Mapping[Path, bytes]:
        """Return nothing: earlier versions wrote the same file."""
        return {}

    def install(self) -> Sequence[Call]:
        """Return the commands. `bootout` may return before takevoice has stopped; until then, `bootstrap` fails."""
        return (
            Call(("launchctl", "bootout", self._target()), may_fail=True),
            Call(("launchctl", "enable", self._target())),
            Call(("launchctl", "bootstrap", self._domain(), str(self._path())), patience=STOP + 5),
        )

    def remove(self) -> Sequence[Call]:
        """Return the commands."""
        return (Call(("launchctl", "bootout", self._target())),)

    def after_removal(self) -> Sequence[Call]:
        """Return nothing: launchd has forgotten the agent."""
        return ()

    def status(self, run: Runner) -> Status:
        """Return whether launchd knows the agent. The text of `launchctl print` is not meant for programs."""
        code = run(("launchctl", "print", self._target())).code
        return Status(None, problem="there is no launchctl") if code == NOT_FOUND else Status(code == 0)

    def steps(self, watched: Sequence[Path]) -> Sequence[str]:
        """Return how to grant access to folders that macOS protects."""
        guarded = [folder for folder in watched if is_guarded(folder, self._setup.home)]
        if not guarded:
            return ()
        return (
            f"macOS does not let a login service read {', '.join(map(str, guarded))} until you allow it: open System "
            "Settings > Privacy & Security > Full Disk Access, add "
            f"{os.path.realpath(self._setup.python)} (press Cmd-Shift-G to enter the path), and run this command again.",
        )

    def line(self, argv: Sequence[str]) -> str:
        """Return a command as it is typed in a shell."""
        return shlex.join(argv)

    def _domain(self) -> str:
        return f"gui/{self._setup.uid}"

    def _target(self) -> str:
        return f"{self._domain()}/{NAME}"


def is_guarded(folder: Path, home: Path) -> bool:
    """Return True for a folder that macOS lets a program read only if the user has allowed it."""
    names = _names(folder)
    places = [_names(home / name) for name in GUARDED]
    return any(names[: len(place)] == place for place in [*places, ("/", "volumes")])


def _names(path: Path) -> tuple[str, ...]:
    return tuple(part.casefold() for part in path.parts)

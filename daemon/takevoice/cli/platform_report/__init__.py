"""takevoice doctor --platform: what takevoice expects of the system, and what it finds. To be pasted into an issue."""

from __future__ import annotations

import getpass
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from takevoice.cli.platform_report import drives, machine, programs, sockets
from takevoice.cli.platform_report.checks import Check
from takevoice.errors import printable

LAST_LINE = (
    "These lines hold no names of users or files, and no key. Paste all of them into an issue of the project."
)


class Line(NamedTuple):
    """One line of the report; `well` is None when the check failed."""

    what: str
    expected: str
    found: str
    well: bool | None

    def __str__(self) -> str:
        verdict = {True: "ok", False: "DIFFERS", None: "unknown"}[self.well]
        expected = "" if self.well else f" (expected: {self.expected})"
        return f"{verdict:<8} {self.what:<26} {self.found}{expected}"


def report(state: Path, folders: Sequence[Path]) -> Iterator[Line]:
    """Yield a line for each check of the machine, the state dir and the watched folders."""
    checks = [*machine.checks(), *drives.checks("state dir", state)]
    for number, folder in enumerate(folders, 1):
        if folder.is_dir():
            checks += drives.checks(f"folder {number}", folder)
    checks += [*sockets.checks(), *programs.checks(state)]
    hide = hider([state, *folders])
    for check in checks:
        yield _line(check, hide)


def _line(check: Check, hide: Callable[[str], str]) -> Line:
    try:
        found = check.look()
    except Exception as error:
        return Line(check.what, check.expected, hide(f"{type(error).__name__}: {error}"), None)
    return Line(check.what, check.expected, hide(found.text), found.well)


def hider(private: Sequence[Path]) -> Callable[[str], str]:
    """Return a function that takes these paths, the home folder and the user's name out of a text."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):
        user = ""
    words = [*map(str, private), str(Path.home())]

    def hide(text: str) -> str:
        for word in sorted(filter(None, words), key=len, reverse=True):
            text = text.replace(word, "~")
        if user and user not in ("root", "takevoice"):
            text = re.sub(rf"\b{re.escape(user)}\b", "USER", text)
        return printable(text)

    return hide

"""takevoice doctor --platform: what takevoice expects of the system, and what it finds. To be pasted into an issue."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from takevoice.cli.platform_report import drives, machine, programs, sockets
from takevoice.cli.platform_report.checks import LIMIT, Check, NoAnswer, within
from takevoice.cli.platform_report.privacy import described, hider

TOTAL = 50.0  # seconds for all checks
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
        expected = f" (expected: {self.expected})" if self.expected and not self.well else ""
        return f"{verdict:<8} {self.what:<28} {self.found}{expected}"


def report(
    state: Path,
    folders: Sequence[Path],
    others: Mapping[str, Path] | None = None,
    first: Sequence[Check] = (),
) -> Iterator[Line]:
    """Yield a line for each check of the machine, the state dir and the watched folders.

    `others`: folders that are only written to, such as the config dir, by name. `first`: checks of the caller.
    """
    others = others or {}
    places = {"state dir": state, **{f"folder {number}": each for number, each in enumerate(folders, 1)}}
    checks = [*machine.checks(), *first]
    for name, folder in places.items():
        checks += drives.checks(name, folder, make=name == "state dir")
    checks += [drives.writing(name, folder) for name, folder in others.items()]
    checks += [*sockets.checks(), *programs.checks(state)]
    checks.append(drives.nothing_left([*places.values(), *others.values()]))
    hide = hider([state, *folders, *others.values()])
    deadline, stopped = time.monotonic() + TOTAL, set[str]()
    for check in checks:
        if check.needs in stopped:
            continue
        line, stops = _looked(check, hide, min(LIMIT, deadline - time.monotonic()))
        if stops:
            stopped.add(check.what)
        yield line


def _looked(check: Check, hide: Callable[[str], str], seconds: float) -> tuple[Line, bool]:
    """Do a check; return its line, and whether the checks that need it are left out."""

    def unknown(text: str) -> Line:
        return Line(check.what, check.expected, text, None)

    if seconds <= 0:
        return unknown("not looked at: the checks before took too long"), True
    try:
        found = within(seconds, check.look)
    except NoAnswer as error:
        return unknown(str(error)), True
    except Exception as error:
        return unknown(hide(described(error))), False
    return Line(check.what, check.expected, hide(found.text), found.well), found.stops

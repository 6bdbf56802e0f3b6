"""Every file is refused at first: see `busy`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from habits.busy import refusal

TESTS = Path(__file__).parents[1]
TIMES = 2  # refusals of each step with each file
PAUSES = (0.001,)  # seconds between takevoice's tries, so that tests need not wait for longer: each take has many such steps


def by_a_test() -> bool:
    """Return True when a test itself asks, which would have to be as patient as takevoice."""
    frame = sys._getframe(2)
    while frame.f_back is not None and Path(frame.f_code.co_filename).stem in ("pathlib", "_local", "shutil", "__init__"):
        frame = frame.f_back
    return TESTS in Path(frame.f_code.co_filename).parents


def every_step_refused_at_first(patch: Any) -> None:
    """Refuse to rename, replace or remove each file twice, as while a scanner looks at it.

    Files of SQLite are left out, which retries by itself on Windows (os_win.c, winRetryIoerr), and pytest's own.
    """
    from takevoice.system import place

    patch.setattr(place, "PAUSES", PAUSES)
    seen: dict[tuple[str, str], int] = {}

    def refused(name: str, path: Any) -> bool:
        if not isinstance(path, str | os.PathLike) or not Path(path).is_file() or "sqlite3" in str(path):
            return False
        if "Exports" not in str(path) and "state" not in str(path):
            return False
        key = (name, str(path))
        seen[key] = seen.get(key, 0) + 1
        return seen[key] <= TIMES

    def watched(name: str) -> Any:
        real = getattr(os, name)

        def call(path: Any, *rest: Any, **options: Any) -> Any:
            if not by_a_test() and refused(name, path):
                raise refusal(path)
            return real(path, *rest, **options)

        return call

    for name in ("rename", "replace", "unlink"):
        patch.setattr(os, name, watched(name))
    patch.setattr(os, "remove", os.unlink)

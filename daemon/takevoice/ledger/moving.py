"""The ledger follows takes and results that were moved to a folder of another name, on this machine or from another one."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path, PurePath
from typing import Any

from takevoice.errors import LedgerError
from takevoice.ledger.opening import connect
from takevoice.ledger.rows import path_to_db
from takevoice.system.file_uri import file_uri

_COLUMNS = {
    "jobs": ("path", "root", "output"),
    "files": ("path",),
    "outputs": ("path",),
    "sends": ("path",),
    "picks": ("placed",),
    "results_seen": ("path",),
    "first_looks": ("path", "root"),
    "roots": ("path",),
    "kinds": ("root",),
    "volumes": ("root",),
}
"""Where the ledger has paths, by table; those of `newest_results` follow by triggers."""

_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")
Stored = str | bytes | None


def move_paths(path: Path, old: str, new: Path) -> int:
    """Have the ledger say `new` wherever it says the folder `old`; return how many jobs have changed.

    `old` is written as it was on the machine that it is from, which may have been another system. Entries that are there under the
    new name already give way.

    Raises:
        LedgerError: it cannot be written; nothing has changed then.
    """
    moved = _Moved(old, new)
    try:
        with closing(connect(f"{file_uri(str(path))}?mode=rw")) as connection:
            connection.create_function("moved", 1, moved.path, deterministic=True)
            connection.create_function("moved_in", 1, moved.options, deterministic=True)
            connection.execute("BEGIN IMMEDIATE")
            changed = connection.execute("SELECT COUNT(*) FROM jobs WHERE moved(path) IS NOT path OR moved_in(options) IS NOT options").fetchone()[0]
            for table, columns in _COLUMNS.items():
                for column in columns:
                    connection.execute(f"UPDATE OR REPLACE {table} SET {column} = moved({column}) WHERE moved({column}) IS NOT {column}")
            connection.execute("UPDATE jobs SET options = moved_in(options) WHERE moved_in(options) IS NOT options")
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise LedgerError(f"cannot be written: {error}", where=str(path), hint="nothing has changed") from error
    return int(changed)


def as_written(folder: PurePath) -> str:
    """Return a folder as the ledger of its own machine has it: Windows would write one of another system with its separators."""
    return str(folder) if folder.drive else folder.as_posix()


class _Moved:
    """Paths below one folder become those below another."""

    def __init__(self, old: str, new: Path) -> None:
        self._separators = "\\/" if _WINDOWS.match(old) else "/"
        self._old, self._new = old.rstrip(self._separators), new

    def path(self, stored: Stored) -> Stored:
        if stored is None:
            return None
        text = os.fsdecode(stored)
        below = self._below(text)
        return stored if below is None else path_to_db(self._new.joinpath(*below))

    def options(self, stored: str) -> str:
        """Return the options of a job, as JSON, with their paths moved."""
        if not stored:
            return stored
        before = json.loads(stored)
        after = _walk(before, self._text)
        return stored if after == before else json.dumps(after)

    def _text(self, text: str) -> str:
        below = self._below(text)
        return text if below is None else str(self._new.joinpath(*below))

    def _below(self, text: str) -> list[str] | None:
        """Return the names below the old folder; None for a path elsewhere."""
        rest = text[len(self._old) :]
        if not text.startswith(self._old) or (rest and rest[0] not in self._separators):
            return None
        return [name for name in re.split(f"[{re.escape(self._separators)}]", rest) if name]


def _walk(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_walk(each, change) for each in value]
    return {key: _walk(each, change) for key, each in value.items()} if isinstance(value, dict) else value

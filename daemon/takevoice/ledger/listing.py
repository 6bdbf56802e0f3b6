"""Jobs as `takevoice jobs` lists them, read from the file with as little as possible: it must answer at once.

Older ledgers are read as they are: the columns that are read here are those of the first version.
"""

from __future__ import annotations

import os
import sqlite3

from takevoice.lazy import TYPE_CHECKING
from takevoice.ledger.counting import has_counts
from takevoice.ledger.filters import JobFilter, prepare
from takevoice.ledger.json_text import from_json
from takevoice.ledger.opening import open_existing, unreadable
from takevoice.states import ACTIVE, State

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_COLUMNS = "id, state, path, voice, output, error, progress, changed, json_extract(settings, '$.seed')"
_REQUESTED = ", ".join(
    f"CASE WHEN options <> '' THEN CAST(json_extract(options, '$.{key}') AS BLOB) END" for key in ("name", "session", "part.path")
)
_NOT_REQUESTED = "NULL, NULL, NULL"  # ledgers of older versions have no column for it


class ListedJob:
    """What one line says about a job. Paths are text, in which stray bytes are surrogates; `progress` is 0 to 1."""

    def __init__(
        self,
        job_id: int,
        state: State,
        path: str,
        voice: str,
        output: str,
        error: str,
        progress: float,
        changed: float,
        seed: int | None,
        name: str = "",
        session: str = "",
        cut_from: str = "",
    ) -> None:
        """`changed` is the Unix time of the last change of state; `seed` is None where the backend chooses it.

        `name` and `session` are what a request named the sound and where it is from, `cut_from` the file that it was cut from.
        """
        self.id, self.state, self.path, self.voice, self.seed = job_id, state, path, voice, seed
        self.output, self.error, self.progress, self.changed = output, error, progress, changed
        self.name, self.session, self.cut_from = name, session, cut_from


class Listing:
    """An open ledger."""

    def __init__(self, path: str) -> None:
        """Open the ledger at `path`.

        Raises:
            FileNotFoundError: it is missing.
            LedgerError: it is none.
        """
        if not os.path.isfile(path):  # noqa: PTH113
            raise FileNotFoundError(path)
        self._path = path
        try:
            self._connection = open_existing(path)
            prepare(self._connection)
            self._has_counts = has_counts(self._connection)
        except sqlite3.Error as error:
            raise unreadable(path, error) from error

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def jobs(self, which: JobFilter, limit: int) -> Sequence[ListedJob]:
        """Return the newest of these jobs, oldest first; `limit` -1 is all of them. Raises LedgerError."""
        where, values = self._where(which)
        columns = f"{_COLUMNS}, {_REQUESTED if self._has_options() else _NOT_REQUESTED}"
        sql = f"SELECT {columns} FROM jobs WHERE {where} ORDER BY id DESC LIMIT ?"
        if which.has_index:  # the + has SQLite not go through the jobs themselves
            sql = f"SELECT {columns} FROM jobs WHERE id IN (SELECT id FROM jobs WHERE {where} ORDER BY +id DESC LIMIT ?) ORDER BY id DESC"
        return [_listed(*row) for row in reversed(self._rows(sql, [*values, limit]))]

    def counts(self, which: JobFilter) -> dict[State, int]:
        """Return how many of these jobs are in each state. Raises LedgerError."""
        kept = which.counted() if self._has_counts else None
        where, values = kept or self._where(which)
        sql = f"SELECT state, SUM(jobs) FROM {where} GROUP BY state" if kept else f"SELECT state, COUNT(*) FROM jobs WHERE {where} GROUP BY state"
        rows = self._rows(sql, values)
        return {State(state): number for state, number in rows}

    def waiting(self) -> dict[str, dict[State, int]]:
        """Return how many unfinished jobs each owner has, by state. Raises LedgerError."""
        marks = ",".join("?" * len(ACTIVE))
        counted = "SUM(jobs) FROM waiting_counts" if self._has_counts else "COUNT(*) FROM jobs"
        sql = f"SELECT runner, state, {counted} WHERE state IN ({marks}) GROUP BY runner, state"
        found: dict[str, dict[State, int]] = {}
        for owner, state, number in self._rows(sql, [state.value for state in ACTIVE]):
            found.setdefault(owner, {})[State(state)] = number
        return found

    def _where(self, which: JobFilter) -> tuple[str, list[Any]]:
        return which.where(is_counted=self._has_counts, with_sources=self._has_options())

    def roots(self) -> list[str]:
        """Return all folders that were watched; none in a ledger that is so old that it does not say."""
        try:
            return [os.fsdecode(row[0]) for row in self._connection.execute("SELECT path FROM roots")]
        except sqlite3.Error:
            return []

    def _has_options(self) -> bool:
        return any(row[1] == "options" for row in self._rows("PRAGMA table_info(jobs)", ()))

    def _rows(self, sql: str, values: Sequence[Any]) -> list[Any]:
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise unreadable(self._path, error) from error


def _listed(
    job_id: int,
    state: str,
    path: str | bytes,
    voice: str,
    output: str | bytes | None,
    error: str,
    progress: float,
    changed: float,
    seed: int | None,
    name: bytes | None,
    session: bytes | None,
    cut_from: bytes | None,
) -> ListedJob:
    output = os.fsdecode(output or "")
    requested = (from_json(each) for each in (name, session, cut_from))
    return ListedJob(job_id, State(state), os.fsdecode(path), voice, output, error, progress, changed, seed, *requested)

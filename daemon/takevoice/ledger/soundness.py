"""Whether a ledger is sound: SQLite's own check, at the start when it is due, and of every row when a person asks."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from takevoice.errors import LedgerError
from takevoice.jobs import State
from takevoice.ledger.counting import miscounts
from takevoice.ledger.opening import log_path, open_existing
from takevoice.ledger.rows import job_from_row

INTERVAL = 24 * 3600.0  # seconds between two checks after clean stops
_RECOVER = "`takevoice ledger recover` saves what can be read; a backup can be put in its place, too"


def check_at_start(path: Path, mark: Path) -> None:
    """Check the ledger where takevoice was not stopped cleanly, and otherwise once a day; a missing one is sound.

    A clean stop leaves no write-ahead log. `mark` is a file whose time is that of the last check.

    Raises:
        LedgerError: the ledger is damaged.
    """
    if not path.is_file() or not (_has_log(path) or _is_due(mark)):
        return
    problem = first_problem(path)
    if problem:
        raise damaged(path, problem)
    try:
        mark.touch()
    except OSError:
        return  # it is checked again at the next start


def first_problem(path: Path) -> str:
    """Return what SQLite's `quick_check` finds first; empty when the ledger is sound."""
    return next(_problems(path, "quick_check(1)"), "")


def problems(path: Path) -> Iterator[str]:
    """Yield everything that is wrong with a ledger: pages, indexes, jobs whose values make no sense, and counts that are not theirs."""
    found = False
    for problem in _problems(path, "integrity_check"):
        found = True
        yield problem
    if not found:
        yield from _bad_jobs(path)


def damaged(path: Path, problem: str) -> LedgerError:
    """Return the error to raise for a damaged ledger."""
    return LedgerError(f"is damaged: {problem}", where=str(path), hint=_RECOVER)


def _problems(path: Path, pragma: str) -> Iterator[str]:
    try:
        connection = open_existing(path)
        try:
            rows = [str(row[0]) for row in connection.execute(f"PRAGMA {pragma}")]
        finally:
            connection.close()
    except sqlite3.Error as error:
        rows = [str(error)]
    yield from (line.removeprefix("*** in database main ***\n") for line in rows if line != "ok")


def _bad_jobs(path: Path) -> Iterator[str]:
    connection = open_existing(path)
    connection.row_factory = sqlite3.Row
    try:
        for row in connection.execute("SELECT * FROM jobs"):
            try:
                job_from_row(row)
            except LedgerError as error:
                yield error.what
        known = {state.value for state in State}
        for row in connection.execute("SELECT state, COUNT(*) AS number FROM history GROUP BY state"):
            if row["state"] not in known:
                yield f"the history has {row['number']} entries with the state {row['state']!r}"
        yield from miscounts(connection)
    except sqlite3.Error as error:
        yield str(error)
    finally:
        connection.close()


def _has_log(path: Path) -> bool:
    try:
        return log_path(path).stat().st_size > 0
    except OSError:
        return False


def _is_due(mark: Path) -> bool:
    try:
        age = time.time() - mark.stat().st_mtime
    except OSError:
        return True
    return not 0 <= age < INTERVAL  # the clock may have been set back

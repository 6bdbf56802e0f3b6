"""What a recovered ledger is made to say of jobs whose entries are lost, so that nothing is paid for twice."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Collection
from typing import NamedTuple

from takevoice.errors import LedgerError, printable
from takevoice.holds import HoldReason
from takevoice.jobs import State
from takevoice.ledger.rows import job_from_row, path_from_db
from takevoice.ledger.salvage import Source

_WHY = "its entry in the ledger was damaged"
_OPEN = "('sent', 'received', 'lost')"


class Mended(NamedTuple):
    """How many jobs are known from indexes only, how many are held, and of how many nothing but requests is left."""

    from_indexes: int
    held: int
    lost: int


class _Remains(NamedTuple):
    """What indexes still say of a job; None where they do not."""

    path: str | bytes
    state: str | None
    audio_hash: str | None
    settings_hash: str | None


def mend(source: Source, target: sqlite3.Connection, damaged: Collection[str], used: Collection[int]) -> Mended:
    """Complete the new ledger within its transaction; `damaged` are the tables with lost rows, `used` numbers of jobs
    that no new job may get."""
    target.row_factory = sqlite3.Row
    nonsense = _delete_nonsense(target)
    from_indexes = 0
    for job_id, remains in sorted(_remains(source).items() if damaged or nonsense else ()):
        if _number(target, "SELECT COUNT(*) FROM jobs WHERE id = ?", job_id) == 0:
            _add(target, job_id, remains)
            from_indexes += 1
    if "sends" in damaged:
        _hold_under_way(target)
    lost = _number(target, "SELECT COUNT(DISTINCT job) FROM sends WHERE job NOT IN (SELECT id FROM jobs)")
    states = ", ".join(f"'{state.value}'" for state in State)
    target.execute(f"DELETE FROM history WHERE job NOT IN (SELECT id FROM jobs) OR state NOT IN ({states})")
    # Files whose jobs are lost are found again.
    target.execute("DELETE FROM files WHERE verdict = 'job' AND job NOT IN (SELECT id FROM jobs)")
    _reserve_numbers(target, used)
    held = _number(target, "SELECT COUNT(*) FROM jobs WHERE state = 'held' AND error LIKE ?", f"%{_WHY}%")
    return Mended(from_indexes, held, lost)


def _delete_nonsense(target: sqlite3.Connection) -> bool:
    """Delete jobs whose values make no sense; returns True when there were some."""
    bad = []
    for row in target.execute("SELECT * FROM jobs"):
        try:
            job_from_row(row)
        except LedgerError:
            bad.append((row["id"],))
    target.executemany("DELETE FROM jobs WHERE id = ?", bad)
    return bool(bad)


def _remains(source: Source) -> dict[int, _Remains]:
    """Return what the indexes say of each job."""
    keys = {row[3]: row[:3] for row in source.covered("jobs", ("audio_hash", "settings_hash", "state", "id"), "jobs_by_key")}
    states = {row[1]: row[0] for row in source.covered("jobs", ("state", "id"), "jobs_by_state")}
    remains = {}
    for path, job_id in source.covered("jobs", ("path", "id"), "jobs_by_path"):
        audio_hash, settings_hash, state = keys.get(job_id, (None, None, states.get(job_id)))
        remains[job_id] = _Remains(path, state, audio_hash, settings_hash)
    return remains


def _add(target: sqlite3.Connection, job_id: int, remains: _Remains) -> None:
    """Add a job of which only the indexes know: done, held where something may have been paid for, else failed."""
    paid = _number(target, f"SELECT COUNT(*) FROM sends WHERE job = ? AND state IN {_OPEN}", job_id)
    output = target.execute("SELECT path FROM outputs WHERE job = ? LIMIT 1", (job_id,)).fetchone()
    state, code, error = State.DONE, "", ""
    if remains.state != State.DONE:
        state, code, error = _undone(job_id, remains.path, paid=bool(paid))
    now = time.time()
    target.execute(
        """INSERT INTO jobs (id, path, state, origin, runner, audio_hash, settings_hash, output, error_code, error, options,
           created, changed) VALUES (?, ?, ?, 'folder', 'daemon', ?, ?, ?, ?, ?, '{}', ?, ?)""",
        (
            job_id,
            remains.path,
            state.value,
            remains.audio_hash or "",
            remains.settings_hash or "",
            output["path"] if output else None,
            code,
            error,
            now,
            now,
        ),
    )
    target.execute("INSERT INTO history VALUES (?, ?, ?, ?)", (job_id, now, state.value, _WHY))


def _undone(job_id: int, path: str | bytes, *, paid: bool) -> tuple[State, str, str]:
    name, reason = printable(path_from_db(path)), HoldReason.OUTCOME_UNKNOWN
    if paid:
        return State.HELD, reason.code, f"{name}: {_WHY}; it may be paid for: {reason.hint(job_id)}"
    return State.FAILED, LedgerError.code, f"{name}: {_WHY}; `takevoice retry {job_id}` converts it"


def _hold_under_way(target: sqlite3.Connection) -> None:
    """Hold the jobs that were with a backend, if the requests that were sent for them are lost."""
    sql = "SELECT id, path FROM jobs WHERE state = 'converting' AND id NOT IN (SELECT job FROM sends)"
    for row in target.execute(sql).fetchall():
        state, code, error = _undone(row["id"], row["path"], paid=True)
        change = "UPDATE jobs SET state = ?, error_code = ?, error = ? WHERE id = ?"
        target.execute(change, (state.value, code, error, row["id"]))
        target.execute("INSERT INTO history VALUES (?, ?, ?, ?)", (row["id"], time.time(), state.value, _WHY))


def _reserve_numbers(target: sqlite3.Connection, used: Collection[int]) -> None:
    """Let new jobs get numbers above all that were ever seen."""
    tables = (("jobs", "id"), ("sends", "job"), ("outputs", "job"), ("requests", "job"))
    seen = [_number(target, f"SELECT COALESCE(MAX({column}), 0) FROM {table}") for table, column in tables]
    last = max(*seen, *used, 0)
    target.execute("DELETE FROM sqlite_sequence WHERE name = 'jobs'")
    target.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('jobs', ?)", (last,))


def _number(target: sqlite3.Connection, sql: str, *values: object) -> int:
    return int(target.execute(sql, values).fetchone()[0])

"""A job's row within a transaction: inserted, read, changed, moved from state to state."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from takevoice.errors import UnknownJob, WrongState
from takevoice.jobs import NEXT, Job, State
from takevoice.ledger.charges import mark_published
from takevoice.ledger.rows import columns, id_to_db, job_from_row, text_to_db


class Revision(NamedTuple):
    """What a person's decision changes about a job, all in one transaction."""

    state: State | None  # None: it stays
    detail: str = ""
    fields: Mapping[str, Any] = MappingProxyType({})
    unresolved_as_lost: bool = False  # requests without an answer may be sent again
    release_reserved: bool = False
    file_dealt_with: bool = False  # the file, in this version, gets no other job
    dropped: bool = False  # nor does any file with this audio, for the same settings


def insert_job(
    connection: sqlite3.Connection, path: Path, state: State, detail: str, fields: Mapping[str, Any]
) -> Job:
    """Insert a job; `fields` are those of `Job`."""
    now = time.time()
    given = {"path": path, "origin": "folder", "owner": "daemon", **fields}
    row = {"options": "{}"} | columns({**given, "state": state.value, "created": now, "changed": now})
    names, marks = ",".join(row), ",".join("?" * len(row))
    cursor = connection.execute(f"INSERT INTO jobs ({names}) VALUES ({marks})", list(row.values()))
    assert cursor.lastrowid is not None
    log_state(connection, cursor.lastrowid, now, state, detail)
    return get_job(connection, cursor.lastrowid)


def get_job(connection: sqlite3.Connection, job_id: int) -> Job:
    """Return a job; raises UnknownJob."""
    row = connection.execute("SELECT * FROM jobs WHERE id = ?", (id_to_db(job_id),)).fetchone()
    if row is None:
        raise UnknownJob.number(job_id)
    return job_from_row(row)


def set_fields(connection: sqlite3.Connection, job_id: int, row: Mapping[str, Any]) -> None:
    """Set columns of a job."""
    sets = ",".join(f"{name} = ?" for name in row)
    connection.execute(f"UPDATE jobs SET {sets} WHERE id = ?", [*row.values(), job_id])


def move_job(
    connection: sqlite3.Connection, job_id: int, state: State, detail: str, fields: Mapping[str, Any]
) -> Job:
    """Move a job to another state and set fields of it; raises UnknownJob when that state may not follow."""
    job = get_job(connection, job_id)
    if state not in NEXT[job.state]:
        raise WrongState(f"job {job_id} is {job.state} and cannot become {state}")
    now = time.time()
    set_fields(connection, job_id, columns({**fields, "state": state.value, "changed": now}))
    if state is State.DONE:
        mark_published(connection, job_id)
    log_state(connection, job_id, now, state, detail)
    return get_job(connection, job_id)


def log_state(connection: sqlite3.Connection, job_id: int, at: float, state: State, detail: str) -> None:
    """Add an entry to a job's history; `at` is a Unix time."""
    connection.execute("INSERT INTO history VALUES (?,?,?,?)", (job_id, at, state.value, text_to_db(detail)))

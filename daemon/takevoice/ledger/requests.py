"""Requests of programs: which job answers which request id, and which of them have decided about a job."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from takevoice.jobs import Job, State
from takevoice.ledger.reader import Reader, Writing
from takevoice.ledger.rows import id_to_db, job_from_row, text_to_db
from takevoice.ledger.transitions import get_job, insert_job, log_state

if TYPE_CHECKING:
    from concurrent.futures import Future

_JOB_OF = "SELECT jobs.* FROM requests JOIN jobs ON jobs.id = requests.job WHERE requests.id = ?"
_OPEN = [state.value for state in State if not state.final]


class Requests:
    """The table of requests."""

    def __init__(self, reader: Reader, writer: Writing) -> None:
        self._reader, self._writer = reader, writer

    def job(self, request_id: str) -> Job | None:
        """Return the job that answers a request."""
        return next((job_from_row(row) for row in self._reader.rows(_JOB_OF, (request_id,))), None)

    def ids(self, job_id: int) -> list[str]:
        """Return the ids of the requests that a job answers, oldest first."""
        sql = "SELECT id FROM requests WHERE job = ? ORDER BY created, id"
        return [row["id"] for row in self._reader.rows(sql, (job_id,))]

    def open_jobs(self) -> set[int]:
        """Return the jobs that answer requests and have not ended; those that are held have not."""
        sql = f"SELECT DISTINCT jobs.id FROM jobs JOIN requests ON requests.job = jobs.id WHERE state IN ({','.join('?' * len(_OPEN))})"
        return {row["id"] for row in self._reader.rows(sql, _OPEN)}

    def create_job(self, request_id: str, path: Path, **fields: Any) -> Future[tuple[Job, bool]]:
        """Create a job for a request; return it, and whether it is new: a request id never gets two jobs.

        `fields` are those of `Job`.
        """

        def write(connection: sqlite3.Connection) -> tuple[Job, bool]:
            earlier = connection.execute(_JOB_OF, (request_id,)).fetchone()
            if earlier is not None:
                return job_from_row(earlier), False
            job = insert_job(connection, path, State.FOUND, "", fields)
            _attach(connection, request_id, job.id)
            return job, True

        return self._writer.submit(write)

    def attach(self, request_id: str, job_id: int) -> None:
        """Note that an existing job answers a request."""
        self._writer.run(lambda connection: _attach(connection, request_id, job_id))

    def begin_decision(self, request_id: str, verb: str, job_id: int) -> bool:
        """Note in a job's history that a request decides about it; return False when it has done so before.

        Raises:
            UnknownJob: there is no such job.
        """

        def write(connection: sqlite3.Connection) -> bool:
            job, note = get_job(connection, job_id), text_to_db(_decision(request_id, verb))
            known = connection.execute("SELECT 1 FROM history WHERE job = ? AND detail = ?", (job.id, note)).fetchone()
            if known is None:
                log_state(connection, job.id, time.time(), job.state, _decision(request_id, verb))
            return known is None

        return self._writer.run(write)

    def withdraw_decision(self, request_id: str, verb: str, job_id: int) -> None:
        """Remove the note: the decision was refused."""
        values = (id_to_db(job_id), text_to_db(_decision(request_id, verb)))
        self._writer.run(lambda connection: connection.execute("DELETE FROM history WHERE job = ? AND detail = ?", values))


def _decision(request_id: str, verb: str) -> str:
    return f"{verb} by request {request_id}"


def _attach(connection: sqlite3.Connection, request_id: str, job_id: int) -> None:
    connection.execute("INSERT OR REPLACE INTO requests VALUES (?,?,?)", (request_id, job_id, time.time()))

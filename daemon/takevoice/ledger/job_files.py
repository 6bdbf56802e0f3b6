"""What becomes of jobs when their files are renamed, removed or rendered again."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from takevoice.errors import WrongState, printable
from takevoice.jobs import Disposition, Job, JobOptions, State
from takevoice.ledger.files import delete_file, record_file
from takevoice.ledger.reader import Reader, Writing
from takevoice.ledger.rows import columns, job_from_row, path_to_db
from takevoice.ledger.transitions import get_job, log_state, move_job, set_fields
from takevoice.system.fileid import FileVersion

_UNSETTLED = (State.FOUND, State.SETTLING)


class JobFiles:
    """The files of the table of jobs."""

    def __init__(self, reader: Reader, writer: Writing) -> None:
        self._reader, self._writer = reader, writer

    def with_version(self, version: FileVersion, limit: int = 20) -> Sequence[Job]:
        """Return the newest jobs whose files had this inode, size and time, newest first; none when the inode is unknown."""
        sql = "SELECT * FROM jobs WHERE inode = ? AND size = ? AND mtime_ns = ? AND inode <> 0 ORDER BY id DESC LIMIT ?"
        values = (version.inode, version.size, version.mtime_ns, limit)
        return [job_from_row(row) for row in self._reader.rows(sql, values)]

    def held_with(self, audio_hash: str, limit: int = 20) -> Sequence[Job]:
        """Return the newest held jobs of watched folders for the same audio, newest first."""
        sql = "SELECT * FROM jobs WHERE audio_hash = ? AND state = 'held' AND origin = 'folder' ORDER BY id DESC LIMIT ?"
        return [job_from_row(row) for row in self._reader.rows(sql, (audio_hash, limit))]

    def follow(self, job_id: int, path: Path, root: Path | None, *, start_again: bool, detail: str) -> Job:
        """Give a job the new path of its file, which is dealt with there; `start_again` moves the job to the intake.

        Raises:
            UnknownJob: there is no such job, or it has ended.
        """

        def write(connection: sqlite3.Connection) -> Job:
            job = get_job(connection, job_id)
            fields: dict[str, Any] = {"path": path, "root": root}
            if job.version is not None:
                record_file(connection, path, job.version, Disposition.JOB, job_id)
            if start_again and job.state not in _UNSETTLED:
                fields |= {"progress": 0.0, "output": None}
                return move_job(connection, job_id, State.FOUND, detail, fields)
            if job.state.final:
                raise WrongState(f"job {job_id} is {job.state}")
            set_fields(connection, job_id, columns(fields))
            log_state(connection, job_id, time.time(), job.state, detail)
            return get_job(connection, job_id)

        return self._writer.run(write)

    def rename(self, job_id: int, path: Path, target: Path, options: JobOptions) -> None:
        """Note that takevoice gives a job's file another name, under which it is dealt with; `options` are its own from now on.

        Raises:
            UnknownJob: there is no such job.
        """

        def write(connection: sqlite3.Connection) -> None:
            job = get_job(connection, job_id)
            set_fields(connection, job_id, columns({"path": target, "options": options}))
            connection.execute("UPDATE jobs SET path = ? WHERE path = ? AND family = ?", (path_to_db(target), path_to_db(path), job.family or -1))
            if job.version is not None:
                record_file(connection, target, job.version, Disposition.JOB, job_id)
            delete_file(connection, path)
            log_state(connection, job_id, time.time(), job.state, f"its file is {target} now")

        self._writer.run(write)

    def moved_from(self, folder: Path) -> Sequence[Job]:
        """Return the jobs of takes that were below a folder before takevoice moved them, but candidates; oldest first."""
        sql = "SELECT * FROM jobs WHERE options LIKE '%\"place\"%' AND family IN (0, id) ORDER BY id"
        moved = (job_from_row(row) for row in self._reader.rows(sql))
        return [job for job in moved if job.options.place is not None and folder in job.options.place.parents]

    def cancel_without_file(self, job_id: int, code: str, error: str) -> Job:
        """Cancel a job whose file went away; a file that gets the same name, even this very one again, is a new take.

        Raises:
            UnknownJob: there is no such job, or it has ended.
        """

        def write(connection: sqlite3.Connection) -> Job:
            job = move_job(connection, job_id, State.CANCELLED, "", {"error_code": code, "error": error})
            delete_file(connection, job.path)
            return job

        return self._writer.run(write)

    def cancel_older_held(self, job: Job, codes: Collection[str], detail: str) -> None:
        """Cancel older jobs of the same file that are held with one of these codes."""
        marks = ",".join("?" * len(codes))
        sql = f"SELECT id FROM jobs WHERE path = ? AND state = 'held' AND id < ? AND error_code IN ({marks})"
        values = (path_to_db(job.path), job.id, *codes)
        if not self._reader.rows(sql, values):
            return

        def write(connection: sqlite3.Connection) -> None:
            for row in connection.execute(sql, values).fetchall():
                move_job(connection, row["id"], State.CANCELLED, detail, {"error": f"{printable(job.path)}: {detail}"})

        self._writer.run(write)

    def replace_failed(self, job: Job, codes: Collection[str]) -> None:
        """Delete older jobs of the same file that failed with one of these codes; this job answers their requests."""
        marks = ",".join("?" * len(codes))
        sql = f"SELECT id FROM jobs WHERE path = ? AND state = 'failed' AND id < ? AND error_code IN ({marks})"
        values = (path_to_db(job.path), job.id, *codes)
        if not self._reader.rows(sql, values):
            return

        def write(connection: sqlite3.Connection) -> None:
            for row in connection.execute(sql, values).fetchall():
                connection.execute("UPDATE requests SET job = ? WHERE job = ?", (job.id, row["id"]))
                connection.execute("DELETE FROM jobs WHERE id = ?", (row["id"],))

        self._writer.run(write)

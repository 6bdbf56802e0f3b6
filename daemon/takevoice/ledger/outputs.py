"""Results: what was made, by the hash of its audio, so that it is recognised whatever it is named later; and what others made."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

from takevoice.errors import printable
from takevoice.jobs import UNDONE, Disposition, Job, State
from takevoice.ledger.files import record_file
from takevoice.ledger.reader import Reader, Writing
from takevoice.ledger.rows import path_from_db, path_to_db
from takevoice.ledger.transitions import get_job, log_state
from takevoice.system.fileid import FileVersion


class Outputs:
    """The tables of results."""

    def __init__(self, reader: Reader, writer: Writing) -> None:
        self._reader, self._writer = reader, writer

    def has(self, audio_hash: str) -> bool:
        """Return True when some job made exactly this audio."""
        # A result that equals its own take, such as silence, identifies nothing.
        sql = """SELECT 1 FROM outputs LEFT JOIN jobs ON jobs.id = outputs.job WHERE outputs.audio_hash = ?
                 AND outputs.audio_hash <> COALESCE(jobs.audio_hash, '') LIMIT 1"""
        return bool(self._reader.rows(sql, (audio_hash,)))

    def of(self, job_id: int) -> Sequence[Path]:
        """Return the results of all tries of a job, by name."""
        rows = self._reader.rows("SELECT path FROM outputs WHERE job = ? ORDER BY path", (job_id,))
        paths = (path_from_db(row["path"]) for row in rows)
        return [path for path in paths if path is not None]

    def of_take(self, take: Path) -> Sequence[Path]:
        """Return the results of all jobs of a file, candidates too, by name."""
        sql = "SELECT DISTINCT outputs.path AS path FROM outputs JOIN jobs ON jobs.id = outputs.job WHERE jobs.path = ? ORDER BY 1"
        paths = (path_from_db(row["path"]) for row in self._reader.rows(sql, (path_to_db(take),)))
        return [path for path in paths if path is not None]

    def hash_of(self, job_id: int, path: Path) -> str:
        """Return the audio hash of what the job made under that name; empty when it made nothing there."""
        sql = "SELECT audio_hash FROM outputs WHERE job = ? AND path = ?"
        return str(self._reader.value(sql, (job_id, path_to_db(path))) or "")

    def is_recorded(self, job: Job) -> bool:
        """Return True once the result of the job's current attempt is recorded: it may exist under its name."""
        sql = "SELECT 1 FROM jobs WHERE id = ? AND announced = attempt"
        return bool(self._reader.rows(sql, (job.id,)))

    def record(self, job: Job, path: Path, version: FileVersion, audio_hash: str) -> None:
        """Record what a job is about to publish, so that it is known as a result from its first moment on.

        With it is stored where the answer was placed, as `job` says.
        """

        def write(connection: sqlite3.Connection) -> None:
            stored = path_to_db(path)
            connection.execute("DELETE FROM outputs WHERE job = ? AND path = ?", (job.id, stored))
            connection.execute("INSERT OR REPLACE INTO outputs VALUES (?,?,?)", (audio_hash, job.id, stored))
            record_file(connection, path, version, Disposition.OWN_RESULT, job.id)
            sql = "UPDATE jobs SET output = ?, announced = attempt, offset_ms = ?, drift_ms = ?, correlation = ? WHERE id = ?"
            connection.execute(sql, (stored, job.offset_ms, job.drift_ms, job.correlation, job.id))

        self._writer.run(write)

    def note_deleted(self, job_id: int, path: Path) -> None:
        """Note that a person had a result of a job deleted, in its history, and with the job if it was the one that counts.

        Raises:
            UnknownJob: there is no such job.
        """

        def write(connection: sqlite3.Connection) -> None:
            job, why = get_job(connection, job_id), "was deleted by a person"
            log_state(connection, job_id, time.time(), job.state, f"{printable(path.name)} {why}")
            if job.state is State.DONE and job.output == path:
                connection.execute("UPDATE jobs SET error_code = ?, error = ? WHERE id = ?", (UNDONE, f"it {why}", job_id))

        self._writer.run(write)

    def note_seen(self, audio_hash: str, settings_hash: str, path: Path, result_hash: str) -> None:
        """Note a result that was found in a folder: made from which audio, with which settings, and the hash of its own audio."""
        row = (audio_hash, settings_hash, path_to_db(path), result_hash)
        sql = "INSERT OR REPLACE INTO results_seen VALUES (?,?,?,?)"
        self._writer.run(lambda connection: connection.execute(sql, row))

    def seen(self, audio_hash: str, settings_hash: str) -> list[tuple[Path, str]]:
        """Return the results of this audio with these settings that were found in folders, each with the hash of its audio then."""
        sql = "SELECT path, result_hash FROM results_seen WHERE audio_hash = ? AND settings_hash = ?"
        rows = self._reader.rows(sql, (audio_hash, settings_hash))
        return [(path, row["result_hash"]) for row in rows if (path := path_from_db(row["path"])) is not None]

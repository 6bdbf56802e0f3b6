"""What a person has left unconverted: by its audio and its settings, so that no other name and no other time of its file undoes it."""

from __future__ import annotations

import sqlite3
import time

from takevoice.jobs import Job
from takevoice.ledger.reader import Reader, Writing


class Drops:
    """The table of dropped takes. It outlives the jobs: `forget` deletes those."""

    def __init__(self, reader: Reader, writer: Writing) -> None:
        self._reader, self._writer = reader, writer

    def job_of(self, audio_hash: str, settings_hash: str) -> int | None:
        """Return the number of the job that was dropped; None when there is none, or another job has converted the audio since."""
        sql = """SELECT job FROM dropped WHERE audio_hash = ? AND settings_hash = ? AND NOT EXISTS (
                 SELECT 1 FROM jobs WHERE jobs.audio_hash = dropped.audio_hash AND jobs.settings_hash = dropped.settings_hash
                 AND jobs.state = 'done')"""
        rows = self._reader.rows(sql, (audio_hash, settings_hash))
        return int(rows[0]["job"]) if rows else None

    def lift(self, audio_hash: str, settings_hash: str) -> None:
        """Note that a person wants it converted after all."""
        values = (audio_hash, settings_hash)
        if self._reader.rows("SELECT 1 FROM dropped WHERE audio_hash = ? AND settings_hash = ?", values):
            sql = "DELETE FROM dropped WHERE audio_hash = ? AND settings_hash = ?"
            self._writer.run(lambda connection: connection.execute(sql, values))


def record_drop(connection: sqlite3.Connection, job: Job) -> None:
    """Note, in a transaction, that a job's take is left unconverted; what may be paid for stays in doubt instead."""
    if not job.audio_hash or job.is_candidate:
        return
    sql = """INSERT OR REPLACE INTO dropped SELECT ?, ?, ?, ?
             WHERE NOT EXISTS (SELECT 1 FROM sends WHERE job = ? AND state = 'sent')"""
    connection.execute(sql, (job.audio_hash, job.settings_hash, job.id, time.time(), job.id))

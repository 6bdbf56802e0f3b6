"""Reading the ledger: quick to import, and never in the way of the writer (WAL)."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from takevoice.errors import LedgerError, UnknownJob
from takevoice.jobs import ACTIVE, FileVersion, Job, State
from takevoice.ledger.rows import id_to_db, job_from_row, path_to_db, text_to_db

LEDGER_NAME = "ledger.sqlite3"


@dataclass(frozen=True)
class Change:
    """One entry of a job's history."""

    at: float  # Unix time
    state: State
    detail: str


@dataclass(frozen=True)
class KnownFile:
    """What was last decided about a file, and on which version of it."""

    version: FileVersion
    verdict: str  # job, ours, known, refused
    job: int | None


class Reader:
    """A read-only view of the ledger at `path`; usable from several threads."""

    def __init__(self, path: Path) -> None:
        """Raises LedgerError when the file is no ledger, FileNotFoundError when it is not there."""
        if not path.is_file():
            raise FileNotFoundError(path)
        self.path = path
        self._lock = threading.Lock()
        try:
            # The URI form needs ? and # escaped; as_uri does it.
            self._connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False, timeout=10
            )
            self._connection.row_factory = sqlite3.Row
            self._connection.execute("SELECT 1 FROM jobs LIMIT 1")
        except sqlite3.Error as error:
            raise LedgerError(
                f"cannot be read: {error}", where=str(path), hint="run `takevoice doctor`"
            ) from error

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            self._connection.close()

    def _rows(self, sql: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        try:
            with self._lock:
                return self._connection.execute(sql, values).fetchall()
        except (sqlite3.Error, OverflowError) as error:
            raise LedgerError(
                f"cannot be read: {error}", where=str(self.path), hint="run `takevoice doctor`"
            ) from error

    def job(self, job_id: int) -> Job:
        """The job of that number; raises UnknownJob."""
        rows = self._rows("SELECT * FROM jobs WHERE id = ?", (id_to_db(job_id),))
        if not rows:
            raise UnknownJob(f"there is no job {job_id}", hint="`takevoice jobs` lists them")
        return job_from_row(rows[0])

    def jobs(
        self, states: Iterable[State] = tuple(State), *, runner: str | None = None, limit: int = -1
    ) -> list[Job]:
        """The newest jobs in these states, oldest first; `limit` -1 is all of them."""
        wanted = [state.value for state in states]
        marks = ",".join("?" * len(wanted))
        where = f"state IN ({marks})" + (" AND runner = ?" if runner else "")
        sql = f"SELECT * FROM jobs WHERE {where} ORDER BY id DESC LIMIT ?"
        rows = self._rows(sql, [*wanted, *([runner] if runner else []), limit])
        return [job_from_row(row) for row in reversed(rows)]

    def history(self, job_id: int) -> list[Change]:
        """Every change of a job, oldest first."""
        rows = self._rows("SELECT at, state, detail FROM history WHERE job = ? ORDER BY rowid", (job_id,))
        return [Change(row["at"], State(row["state"]), row["detail"]) for row in rows]

    def done_with(self, audio_hash: str, settings_hash: str) -> list[Job]:
        """Finished jobs for the same audio with the same settings, newest first."""
        sql = "SELECT * FROM jobs WHERE audio_hash = ? AND settings_hash = ? AND state = 'done' ORDER BY id DESC"
        return [job_from_row(row) for row in self._rows(sql, (audio_hash, settings_hash))]

    def known_file(self, path: Path) -> KnownFile | None:
        """What was last decided about one file."""
        rows = self._rows("SELECT * FROM files WHERE path = ?", (path_to_db(path),))
        return next(
            (
                KnownFile(FileVersion(r["size"], r["mtime_ns"], r["inode"]), r["verdict"], r["job"])
                for r in rows
            ),
            None,
        )

    def is_output(self, audio_hash: str) -> bool:
        """True when some job made exactly this audio."""
        # A result that equals its own take, such as silence, tells nothing.
        sql = """SELECT 1 FROM outputs LEFT JOIN jobs ON jobs.id = outputs.job WHERE outputs.audio_hash = ?
                 AND outputs.audio_hash <> COALESCE(jobs.audio_hash, '') LIMIT 1"""
        return bool(self._rows(sql, (audio_hash,)))

    def was_take(self, path: Path, audio_hash: str) -> bool:
        """True when this file, with this audio, has been converted itself."""
        sql = "SELECT 1 FROM jobs WHERE path = ? AND audio_hash = ? AND state = 'done' LIMIT 1"
        return bool(self._rows(sql, (path_to_db(path), audio_hash)))

    def output_hash(self, job_id: int, path: Path) -> str:
        """The hash of what the job made under that name; empty when it has not."""
        rows = self._rows(
            "SELECT audio_hash FROM outputs WHERE job = ? AND path = ?", (job_id, path_to_db(path))
        )
        return rows[0]["audio_hash"] if rows else ""

    def is_announced(self, job: Job) -> bool:
        """True once this attempt's result has its name stored, and may lie under it."""
        return bool(self._rows("SELECT 1 FROM jobs WHERE id = ? AND announced = attempt", (job.id,)))

    def in_doubt(self, job_id: int) -> list[tuple[str, str]]:
        """The requests (key, piece) of a job that were sent, and whose answer is not known to be here."""
        sql = "SELECT key, piece FROM sends WHERE job = ? AND state = 'sent'"
        return [(row["key"], row["piece"]) for row in self._rows(sql, (job_id,))]

    def held_in_doubt(self, audio_hash: str, settings_hash: str) -> int | None:
        """A held job for that audio and those settings with a request whose outcome nobody knows."""
        sql = """SELECT jobs.id FROM jobs JOIN sends ON sends.job = jobs.id WHERE jobs.audio_hash = ?
                 AND jobs.settings_hash = ? AND jobs.state = 'held' AND sends.state = 'sent' LIMIT 1"""
        rows = self._rows(sql, (audio_hash, settings_hash))
        return rows[0]["id"] if rows else None

    def has_paid(self, job_id: int) -> bool:
        """True when a request of the job may have cost something."""
        return bool(
            self._rows("SELECT 1 FROM sends WHERE job = ? AND state <> 'reserved' LIMIT 1", (job_id,))
        )

    def credits_of(self, job_id: int) -> float:
        """What was sent for a job so far, in credits."""
        sql = "SELECT COALESCE(SUM(credits), 0) FROM sends WHERE job = ? AND state <> 'reserved'"
        return float(self._rows(sql, (job_id,))[0][0])

    def spent(self, since: float) -> float:
        """The credits of all requests since that Unix time."""
        sql = "SELECT COALESCE(SUM(credits), 0) FROM sends WHERE at >= ? AND state <> 'reserved'"
        return float(self._rows(sql, (since,))[0][0])

    def root(self, path: Path) -> tuple[int, float] | None:
        """A watched folder's device when it was last seen, and since when it is watched (Unix time)."""
        rows = self._rows("SELECT device, since FROM roots WHERE path = ?", (path_to_db(path),))
        return (rows[0]["device"], rows[0]["since"]) if rows else None

    def knows_some(self, files: Iterable[tuple[Path, FileVersion]], not_held_for: str) -> bool:
        """True when one of the files was dealt with before, in this very version, and is not held for that reason."""
        for path, now in files:
            known = self.known_file(path)
            if (
                known is not None
                and known.version == now
                and not self._is_held_for(known.job, not_held_for)
            ):
                return True
        return False

    def _is_held_for(self, job_id: int | None, error_code: str) -> bool:
        sql = "SELECT 1 FROM jobs WHERE id = ? AND state = 'held' AND error_code = ?"
        return job_id is not None and bool(self._rows(sql, (job_id, error_code)))

    def knows_below(self, folder: Path) -> bool:
        """True when some file below the folder was dealt with before."""
        begin = f"{folder}{os.sep}"
        sql = "SELECT 1 FROM files WHERE path >= ? AND path < ? LIMIT 1"
        return bool(self._rows(sql, (text_to_db(begin), text_to_db(begin[:-1] + chr(ord(os.sep) + 1)))))

    def working(self) -> set[str]:
        """Who has jobs at the backend, or being restored."""
        sql = "SELECT DISTINCT runner FROM jobs WHERE state IN ('converting', 'restoring')"
        return {row["runner"] for row in self._rows(sql)}

    def requests_of(self, job_id: int) -> list[str]:
        """The ids of the OSC requests that a job answers, oldest first."""
        sql = "SELECT id FROM requests WHERE job = ? ORDER BY created, id"
        return [row["id"] for row in self._rows(sql, (job_id,))]

    def request(self, request_id: str) -> Job | None:
        """The job that answers a request."""
        sql = "SELECT jobs.* FROM requests JOIN jobs ON jobs.id = requests.job WHERE requests.id = ?"
        return next((job_from_row(row) for row in self._rows(sql, (request_id,))), None)

    def newest_job(self, path: Path) -> Job | None:
        """The newest job for a file."""
        sql = "SELECT * FROM jobs WHERE path = ? ORDER BY id DESC LIMIT 1"
        return next((job_from_row(row) for row in self._rows(sql, (path_to_db(path),))), None)

    def track_settings(self, track: str) -> dict[str, Any]:
        """What was set for a track over OSC."""
        rows = self._rows(
            "SELECT key, value FROM track_settings WHERE track = ? ORDER BY key", (text_to_db(track),)
        )
        return {row["key"]: json.loads(row["value"]) for row in rows}

    def counts(self) -> dict[State, int]:
        """How many jobs there are in each state."""
        rows = self._rows("SELECT state, COUNT(*) AS number FROM jobs GROUP BY state")
        return {State(row["state"]): row["number"] for row in rows}

    def runners(self) -> set[str]:
        """Who has unfinished jobs."""
        states = ",".join(f"'{state.value}'" for state in ACTIVE)
        return {
            row["runner"] for row in self._rows(f"SELECT DISTINCT runner FROM jobs WHERE state IN ({states})")
        }

    def unfinished(self, runner: str) -> int:
        """How many jobs of a runner are still on their way."""
        states = ",".join(f"'{state.value}'" for state in ACTIVE)
        sql = f"SELECT COUNT(*) FROM jobs WHERE runner = ? AND state IN ({states})"
        return int(self._rows(sql, (runner,))[0][0])

    def asked_to_stop(self) -> set[int]:
        """The jobs that a person has cancelled while they were under way."""
        sql = "SELECT id FROM jobs WHERE state IN ('converting', 'restoring') AND cancel_requested = 1"
        return {row["id"] for row in self._rows(sql)}

    def version(self) -> int:
        """A number that changes when another connection has written."""
        return int(self._rows("PRAGMA data_version")[0][0])

    def voices_used(self) -> set[str]:
        """The names of all voices that results were made with."""
        return {row["voice"] for row in self._rows("SELECT DISTINCT voice FROM jobs WHERE voice <> ''")}

    def check(self) -> str:
        """SQLite's own integrity check: "ok", or what is wrong."""
        return str(self._rows("PRAGMA quick_check")[0][0])

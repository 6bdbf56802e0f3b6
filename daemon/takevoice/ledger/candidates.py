"""Candidates: the jobs of a take that has several, which of them was picked, and what people say about them."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from takevoice.jobs import ACTIVE, Job, JobOptions, State
from takevoice.ledger.reader import Reader, Writing
from takevoice.ledger.rows import columns, id_to_db, job_from_row, path_from_db, path_to_db, text_to_db
from takevoice.ledger.transitions import get_job, insert_job, log_state, move_job, set_fields

_FAMILIES = "jobs INDEXED BY jobs_by_family"  # SQLite takes that of the states, and needs seconds
_ACTIVE = ",".join(f"'{state.value}'" for state in ACTIVE)


@dataclass(frozen=True)
class Pick:
    """A choice: `placed` is the copy that is the result, None until it is there; `at` is a Unix time."""

    id: int
    family: int
    job: int
    by: str
    at: float
    placed: Path | None


@dataclass(frozen=True)
class Mark:
    """What a person says about a candidate: 0 to 5 stars, whether it is out of the question, and a note."""

    stars: int = 0
    rejected: bool = False
    note: str = ""


class Candidates:
    """The families of jobs, and the tables of picks and marks."""

    def __init__(self, reader: Reader, writer: Writing) -> None:
        self._reader, self._writer = reader, writer
        self.placing = threading.Lock()
        """Held while a result is placed: one at a time in a process."""

    def of(self, family: int) -> Sequence[Job]:
        """Return the candidates of a take, by the number of its job, in their order."""
        sql = f"SELECT * FROM {_FAMILIES} WHERE family <> 0 AND family = ? AND id <> family ORDER BY id"
        return [job_from_row(row) for row in self._reader.rows(sql, (id_to_db(family),))] if family else []

    def progress(self, families: Collection[int]) -> Mapping[int, tuple[int, int, float]]:
        """Return of takes, by number, how many candidates they have, how many of these are done, and which share of all is converted."""
        marks = ",".join("?" * len(families))
        sql = f"""SELECT family, COUNT(*), TOTAL(state = 'done'), AVG(CASE state WHEN 'done' THEN 1.0 ELSE progress END)
                  FROM {_FAMILIES} WHERE family <> 0 AND family IN ({marks}) AND id <> family GROUP BY family"""
        found = self._reader.tuples(sql, [id_to_db(each) for each in families]) if families else []
        return {family: (count, int(done), share) for family, count, done, share in found}

    def due(self, owner: str) -> Sequence[int]:
        """Return the owner's takes whose candidates have all ended, or are held, since the takes were looked at last."""
        sql = f"""SELECT id FROM jobs AS take INDEXED BY jobs_with_candidates WHERE state IN ('queued', 'held', 'failed') AND family = id AND runner = ?
            AND NOT EXISTS (SELECT 1 FROM {_FAMILIES} WHERE family <> 0 AND family = take.id AND id <> take.id AND state IN ({_ACTIVE}))
            AND (state = 'queued' OR state IN ('held', 'failed') AND EXISTS (
                SELECT 1 FROM {_FAMILIES} WHERE family <> 0 AND family = take.id AND id <> take.id AND state = 'done' AND changed > take.changed))"""
        return [row["id"] for row in self._reader.rows(sql, (owner,))]

    def pick(self, family: int) -> Pick | None:
        """Return the choice that counts."""
        sql = "SELECT * FROM picks WHERE family = ? ORDER BY id DESC LIMIT 1"
        return next((_pick(row) for row in self._reader.rows(sql, (family,))), None)

    def picks_after(self, pick_id: int) -> Sequence[Pick]:
        """Return the choices that were made after that one and whose results are there, oldest first."""
        sql = "SELECT * FROM picks WHERE id > ? AND placed IS NOT NULL ORDER BY id"
        return [_pick(row) for row in self._reader.rows(sql, (pick_id,))]

    def last_pick(self) -> int:
        """Return the number of the newest choice; 0 when there is none."""
        return int(self._reader.value("SELECT COALESCE(MAX(id), 0) FROM picks"))

    def placed(self, family: int) -> Path | None:
        """Return the result of a take that was placed last, whichever candidate it is of."""
        sql = "SELECT placed FROM picks WHERE family = ? AND placed IS NOT NULL ORDER BY id DESC LIMIT 1"
        rows = self._reader.rows(sql, (family,))
        return path_from_db(rows[0]["placed"]) if rows else None

    def marks(self, jobs: Collection[int]) -> Mapping[int, Mark]:
        """Return what people say about these jobs; the others are left out."""
        numbers = ",".join(str(int(job)) for job in jobs)
        rows = self._reader.rows(f"SELECT * FROM marks WHERE job IN ({numbers})")
        return {row["job"]: Mark(row["stars"], bool(row["rejected"]), row["note"]) for row in rows}

    # Writing.

    def intend(self, family: int, job: int, by: str) -> Pick:
        """Store a choice before its result is placed. Raises LedgerError."""

        def write(connection: sqlite3.Connection) -> Pick:
            now = time.time()
            sql = "INSERT INTO picks (family, job, by, at) VALUES (?,?,?,?)"
            number = connection.execute(sql, (family, job, text_to_db(by), now)).lastrowid
            assert number is not None
            return Pick(number, family, job, by, now, None)

        return self._writer.run(write)

    def finish(self, pick: Pick, path: Path, detail: str) -> Job:
        """Note where the result of a choice is; the take is done with it, unless other candidates are under way.

        Raises:
            UnknownJob: the take's job is gone.
        """

        def write(connection: sqlite3.Connection) -> Job:
            connection.execute("UPDATE picks SET placed = ? WHERE id = ?", (path_to_db(path), pick.id))
            job = get_job(connection, pick.family)
            # Its result is in the voice of the candidate, whatever its name says.
            voice = get_job(connection, pick.job).voice
            fields = {"output": path, "voice": voice, "error": "", "error_code": ""}
            if job.state is State.QUEUED:
                set_fields(connection, job.id, columns(fields))
                return get_job(connection, job.id)
            if job.state is State.DONE:
                set_fields(connection, job.id, columns(fields))
                log_state(connection, job.id, time.time(), job.state, detail)
                return get_job(connection, job.id)
            if job.state is not State.FOUND:
                move_job(connection, job.id, State.FOUND, detail, {})
            return move_job(connection, job.id, State.DONE, detail, fields)

        return self._writer.run(write)

    def mark(self, job: int, mark: Mark) -> None:
        """Store what a person says about a candidate. Raises LedgerError."""
        row = (job, mark.stars, int(mark.rejected), text_to_db(mark.note))
        self._writer.run(lambda connection: connection.execute("INSERT OR REPLACE INTO marks VALUES (?,?,?,?)", row))


def add_candidates(connection: sqlite3.Connection, take: Job, candidates: Sequence[JobOptions]) -> None:
    """Insert a job for each of the options, in the family of a take's job."""
    shared = {name: getattr(take, name) for name in ("origin", "owner", "root", "version", "track", "attempt")}
    for options in candidates:
        detail = f"candidate {options.candidate} of job {take.id}"
        insert_job(connection, take.path, State.FOUND, detail, {**shared, "family": take.id, "options": options})


def _pick(row: sqlite3.Row) -> Pick:
    return Pick(row["id"], row["family"], row["job"], row["by"], row["at"], path_from_db(row["placed"]))

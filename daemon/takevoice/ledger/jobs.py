"""Jobs and the history of their states."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from takevoice.errors import UnknownJob, WrongState
from takevoice.jobs import ACTIVE, Disposition, Job, JobOptions, State
from takevoice.ledger.candidates import add_candidates
from takevoice.ledger.charges import Received, mark_received, mark_unresolved_as_lost, release_reserved
from takevoice.ledger.drops import record_drop
from takevoice.ledger.files import record_file
from takevoice.ledger.next_job import URGENT, WORKING, next_queued
from takevoice.ledger.reader import Reader, Writing
from takevoice.ledger.rows import columns, id_to_db, job_from_row, path_to_db
from takevoice.ledger.transitions import Revision, get_job, insert_job, log_state, move_job, set_fields
from takevoice.system.fileid import FileVersion

_ACTIVE = ",".join(f"'{state.value}'" for state in ACTIVE)
_UNSETTLED = (State.FOUND, State.SETTLING)


class Change(NamedTuple):
    """One entry of a job's history."""

    at: float  # Unix time
    state: State
    detail: str


class Jobs:
    """The table of jobs."""

    def __init__(self, reader: Reader, writer: Writing) -> None:
        self._reader, self._writer = reader, writer

    # Reading.

    def get(self, job_id: int) -> Job:
        """Return the job of that number; raises UnknownJob."""
        job = self.find(job_id)
        if job is None:
            raise UnknownJob.number(job_id)
        return job

    def find(self, job_id: int) -> Job | None:
        """Return the job of that number, if there is one."""
        rows = self._reader.rows("SELECT * FROM jobs WHERE id = ?", (id_to_db(job_id),))
        return job_from_row(rows[0]) if rows else None

    def select(
        self, states: Iterable[State] = tuple(State), *, owner: str | None = None, limit: int = -1
    ) -> Sequence[Job]:
        """Return the newest jobs in these states, oldest first; `limit` -1 is all of them."""
        wanted = [state.value for state in states]
        marks = ",".join("?" * len(wanted))
        where = f"state IN ({marks})" + (" AND runner = ?" if owner else "")
        sql = f"SELECT * FROM jobs WHERE {where} ORDER BY id DESC LIMIT ?"
        rows = self._reader.rows(sql, [*wanted, *([owner] if owner else []), limit])
        return [job_from_row(row) for row in reversed(rows)]

    def found(self, owner: str) -> Sequence[int]:
        """Return the numbers of the owner's jobs that wait for the intake: urgent ones first, then requested ones, then oldest first."""
        sql = f"SELECT id FROM jobs WHERE state = 'found' AND runner = ? ORDER BY {URGENT} DESC, origin = 'folder', id"
        return [row["id"] for row in self._reader.rows(sql, (owner,))]

    def has_queued(self, owner: str, not_for: Collection[str] = ()) -> bool:
        """Return True when some job of the owner is queued, for another backend than those."""
        marks = ",".join("?" * len(not_for))
        sql = f"SELECT 1 FROM jobs WHERE state = 'queued' AND family <> id AND runner = ? AND backend NOT IN ({marks}) LIMIT 1"
        return bool(self._reader.rows(sql, (owner, *not_for)))

    def newest(self, path: Path) -> Job | None:
        """Return the newest job for a file, but for candidates: it is that of the take then."""
        sql = "SELECT * FROM jobs WHERE path = ? AND family IN (0, id) ORDER BY id DESC LIMIT 1"
        return next((job_from_row(row) for row in self._reader.rows(sql, (path_to_db(path),))), None)

    def of(self, path: Path) -> Sequence[Job]:
        """Return all jobs for a file but candidates, newest first."""
        sql = "SELECT * FROM jobs WHERE path = ? AND family IN (0, id) ORDER BY id DESC"
        return [job_from_row(row) for row in self._reader.rows(sql, (path_to_db(path),))]

    def done_with(self, audio_hash: str, settings_hash: str) -> Sequence[Job]:
        """Return the finished jobs for the same audio with the same settings, newest first."""
        sql = "SELECT * FROM jobs WHERE audio_hash = ? AND settings_hash = ? AND state = 'done' ORDER BY id DESC"
        return [job_from_row(row) for row in self._reader.rows(sql, (audio_hash, settings_hash))]

    def is_made(self, audio_hash: str, settings_hash: str) -> bool:
        """Return True when some job has made, or is about to make, a result of the same audio with the same settings."""
        sql = "SELECT 1 FROM jobs WHERE audio_hash = ? AND settings_hash = ? AND state IN ('queued', 'converting', 'restoring', 'done') LIMIT 1"
        return bool(self._reader.rows(sql, (audio_hash, settings_hash)))

    def was_converted(self, path: Path, audio_hash: str) -> bool:
        """Return True when this file, with this audio, has been converted itself."""
        sql = "SELECT 1 FROM jobs WHERE path = ? AND audio_hash = ? AND state = 'done' LIMIT 1"
        return bool(self._reader.rows(sql, (path_to_db(path), audio_hash)))

    def history(self, job_id: int) -> Sequence[Change]:
        """Return every change of a job, oldest first."""
        rows = self._reader.rows("SELECT at, state, detail FROM history WHERE job = ? ORDER BY rowid", (job_id,))
        return [Change(row["at"], State(row["state"]), row["detail"]) for row in rows]

    def counts(self) -> dict[State, int]:
        """Return how many jobs are in each state."""
        return self.counts_of(tuple(State))

    def counts_of(self, states: Collection[State]) -> dict[State, int]:
        """Return how many jobs are in each of these states, those of all owners."""
        marks = ",".join("?" * len(states))
        sql = f"SELECT state, SUM(jobs) AS number FROM job_counts WHERE state IN ({marks}) GROUP BY state"
        rows = self._reader.rows(sql, [state.value for state in states])
        return {State(row["state"]): row["number"] for row in rows}

    def oldest(self, state: State, limit: int) -> Sequence[Job]:
        """Return the oldest jobs in a state, oldest first."""
        sql = "SELECT * FROM jobs WHERE state = ? ORDER BY id LIMIT ?"
        return [job_from_row(row) for row in self._reader.rows(sql, (state.value, limit))]

    def failed(self, job_ids: Collection[int]) -> set[int]:
        """Return which of these jobs have failed."""
        numbers = ",".join(str(int(each)) for each in job_ids)
        return {row["id"] for row in self._reader.rows(f"SELECT id FROM jobs WHERE id IN ({numbers}) AND +state = 'failed'")}

    def waiting(self) -> dict[str, dict[State, int]]:
        """Return how many unfinished jobs each owner has, by state."""
        sql = f"SELECT runner, state, SUM(jobs) AS number FROM waiting_counts WHERE state IN ({_ACTIVE}) GROUP BY runner, state"
        found: dict[str, dict[State, int]] = {}
        for row in self._reader.rows(sql):
            found.setdefault(row["runner"], {})[State(row["state"])] = row["number"]
        return found

    def owners(self) -> set[str]:
        """Return who has unfinished jobs."""
        rows = self._reader.rows(f"SELECT DISTINCT runner FROM waiting_counts WHERE state IN ({_ACTIVE})")
        return {row["runner"] for row in rows}

    def owners_working(self) -> set[str]:
        """Return who has jobs that are being converted or restored."""
        rows = self._reader.rows(f"SELECT DISTINCT runner FROM jobs WHERE state IN {WORKING}")
        return {row["runner"] for row in rows}

    def unfinished(self, owner: str) -> int:
        """Return how many of the owner's jobs are still on their way."""
        sql = f"SELECT TOTAL(jobs) FROM waiting_counts WHERE runner = ? AND state IN ({_ACTIVE})"
        return int(self._reader.value(sql, (owner,)))

    def stop_requested(self) -> set[int]:
        """Return the jobs that a person has cancelled while they were under way."""
        sql = f"SELECT id FROM jobs WHERE state IN {WORKING} AND cancel_requested = 1"
        return {row["id"] for row in self._reader.rows(sql)}

    def voices_used(self) -> set[str]:
        """Return the names of all voices that takes were converted to."""
        return {row["voice"] for row in self._reader.rows("SELECT DISTINCT voice FROM jobs WHERE voice <> ''")}

    # Writing.

    def add(self, path: Path, state: State, *, detail: str = "", **fields: Any) -> Job:
        """Add a job; `fields` are those of `Job`."""
        return self._writer.run(lambda connection: insert_job(connection, path, state, detail, fields))

    def add_found(self, found: Sequence[tuple[Path, Path, FileVersion]], owner: str) -> Sequence[Job]:
        """Add settling jobs for files (path, watched folder, version) in one transaction.

        They need not be durable: every start deletes those of the run before, and finds the files again.
        """
        now = time.time()

        def write(connection: sqlite3.Connection) -> Sequence[Job]:
            jobs = []
            for path, root, version in found:
                cursor = connection.execute(
                    "INSERT INTO jobs (path, root, state, origin, runner, size, mtime_ns, inode, options, created, changed) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                    (path_to_db(path), path_to_db(root), State.SETTLING.value, "folder", owner, *version, "{}", now, now),
                )
                assert cursor.lastrowid is not None
                log_state(connection, cursor.lastrowid, now, State.FOUND, "")
                log_state(connection, cursor.lastrowid, now, State.SETTLING, "")
                jobs.append(get_job(connection, cursor.lastrowid))
            return jobs

        return self._writer.run(write, durable=False)

    def change(self, job_id: int, state: State, *, detail: str = "", **fields: Any) -> Job:
        """Move a job to another state, and set fields of it.

        Raises:
            UnknownJob: there is no such job, or `state` may not follow its present state.
        """
        return self._writer.run(lambda connection: move_job(connection, job_id, state, detail, fields))

    def update(self, job_id: int, **fields: Any) -> Job:
        """Set fields of a job without a change of state."""
        row = columns(fields)

        def write(connection: sqlite3.Connection) -> Job:
            set_fields(connection, job_id, row)
            return get_job(connection, job_id)

        return self._writer.run(write)

    def revise(self, job_id: int, decide: Callable[[Job], Revision]) -> Job:
        """Change a job as `decide` says, which gets the job as it is now; what it raises changes nothing.

        Raises:
            UnknownJob: there is no such job.
        """

        def write(connection: sqlite3.Connection) -> Job:
            job = get_job(connection, job_id)
            revision = decide(job)
            if revision.unresolved_as_lost:
                mark_unresolved_as_lost(connection, job_id)
            if revision.release_reserved:
                release_reserved(connection, job_id)
            if revision.file_dealt_with and job.version is not None:
                record_file(connection, job.path, job.version, Disposition.JOB, job_id)
            if revision.dropped:
                record_drop(connection, job)
            if revision.state is not None:
                return move_job(connection, job_id, revision.state, revision.detail, revision.fields)
            set_fields(connection, job_id, columns(revision.fields))
            return get_job(connection, job_id)

        return self._writer.run(write)

    def can_claim(self, owner: str, not_for: Collection[str], not_these: Collection[int]) -> bool:
        """Return True when `claim` would return a job."""
        return next_queued(self._reader.rows, owner, not_for, not_these, newest_first=True) is not None

    def claim(
        self,
        owner: str,
        not_for: Collection[str] = (),
        not_these: Collection[int] = (),
        *,
        newest_first: bool = False,
    ) -> Job | None:
        """Move the owner's next queued job to converting and return it; None when there is none.

        Those that a person put first come first; then requested ones, oldest first; then those of folders, oldest or newest first.
        A job waits while another one, whoever owns it, converts the same audio with the same settings or the same
        request: one result, or one answer, will do for both. `not_for`: backends that nothing may be sent to now;
        `not_these`: jobs that are left for later. It need not be durable: what is sent for the job later is, and without
        that, the job is queued again.
        """
        if not self.has_queued(owner):
            return None  # most looks find nothing, and need not wait for the writer

        def write(connection: sqlite3.Connection) -> Job | None:
            def query(sql: str, values: Sequence[Any]) -> Sequence[sqlite3.Row]:
                return connection.execute(sql, values).fetchall()

            found = next_queued(query, owner, not_for, not_these, newest_first=newest_first)
            return None if found is None else move_job(connection, found, State.CONVERTING, "", {"progress": 0.0})

        return self._writer.run(write, durable=False)

    def complete_intake(
        self, job: Job, state: State, version: FileVersion | None, *,
        detail: str = "", candidates: Sequence[JobOptions] = (), **fields: Any,
    ) -> Job:
        """Move a job that waited for the intake to `state`, and note that its file is dealt with, in one transaction.

        `candidates`: the take's own; each gets a job with these options, which waits for the intake.

        Raises:
            UnknownJob: it does not wait for the intake any more, or was started again meanwhile.
        """

        def write(connection: sqlite3.Connection) -> Job:
            now = get_job(connection, job.id)
            if now.state not in _UNSETTLED or now.attempt != job.attempt:
                raise WrongState(f"job {job.id} is {now.state} and no longer waits for the intake")
            moved = move_job(connection, job.id, state, detail, {**fields, "version": version})
            if version is not None and not job.is_candidate:
                record_file(connection, job.path, version, Disposition.JOB, job.id)
            add_candidates(connection, moved, candidates)
            return moved

        return self._writer.run(write)

    def plan_again(self, job_ids: Sequence[int], detail: str) -> Sequence[int]:
        """Move those of the jobs that are still queued back to the intake, in one transaction; returns their numbers."""

        def write(connection: sqlite3.Connection) -> Sequence[int]:
            queued = [job_id for job_id in job_ids if get_job(connection, job_id).state is State.QUEUED]
            for job_id in queued:
                move_job(connection, job_id, State.FOUND, detail, {})
            return queued

        return self._writer.run(write)

    def complete_conversion(self, job_id: int, received: Sequence[Received], *, detail: str) -> Job:
        """Move a converted job to restoring, and note that the answers to these requests are on disk, in one transaction.

        Raises:
            UnknownJob: there is no such job, or it is not converting.
        """

        def write(connection: sqlite3.Connection) -> Job:
            for each in received:
                mark_received(connection, job_id, each)
            return move_job(connection, job_id, State.RESTORING, detail, {"progress": 1.0})

        return self._writer.run(write)

    def withdraw(
        self, job: Job, disposition: Disposition, version: FileVersion | None, instead: int | None = None
    ) -> None:
        """Delete a job that turned out to be none, and note why with its file's version, if one is given.

        The requests that it would have answered are answered by the job `instead`, or by none.
        """

        def write(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM jobs WHERE id = ?", (job.id,))
            if instead is None:
                connection.execute("DELETE FROM requests WHERE job = ?", (job.id,))
            else:
                connection.execute("UPDATE requests SET job = ? WHERE job = ?", (instead, job.id))
            if version is not None:
                record_file(connection, job.path, version, disposition, None)

        self._writer.run(write)

    def forget(self, job_id: int, check: Callable[[Job], None]) -> None:
        """Delete a job, unless `check` raises; its file stays dealt with. Raises UnknownJob when there is none."""

        def write(connection: sqlite3.Connection) -> None:
            check(get_job(connection, job_id))
            connection.execute("UPDATE files SET job = NULL WHERE job = ?", (job_id,))
            connection.execute("DELETE FROM requests WHERE job = ?", (job_id,))
            connection.execute("DELETE FROM jobs WHERE id = ?", (job_id,))

        self._writer.run(write)

    def delete_unsettled(self, owner: str) -> None:
        """Delete the owner's jobs whose files had not settled: they are found again."""
        sql = "DELETE FROM jobs WHERE runner = ? AND state = 'settling'"
        self._writer.run(lambda connection: connection.execute(sql, (owner,)))

    def take_over(self, owner: str, new_owner: str, states: Collection[State] = ACTIVE) -> None:
        """Hand the unfinished jobs of one owner to another, or those in these states."""
        sql = f"UPDATE jobs SET runner = ? WHERE runner = ? AND state IN ({','.join('?' * len(states))})"
        self._writer.run(lambda connection: connection.execute(sql, (new_owner, owner, *(state.value for state in states))))

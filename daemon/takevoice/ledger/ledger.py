"""The ledger: every job and each of its changes, stored before anything acts on it."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from takevoice.errors import LowCorrelation, UnknownJob
from takevoice.jobs import ACTIVE, FINAL, NEXT, FileVersion, Job, State
from takevoice.ledger.account import Account, published, settle, unreserve
from takevoice.ledger.reader import Reader
from takevoice.ledger.rows import columns, id_to_db, job_from_row, path_to_db, text_to_db
from takevoice.ledger.writer import Writer


class Ledger(Reader):
    """The ledger, open for reading and writing; usable from several threads and several processes."""

    def __init__(self, path: Path) -> None:
        """Raises LedgerError when it cannot be opened."""
        self._writer = Writer(path)
        self.account = Account(self._writer)
        super().__init__(path)

    def close(self) -> None:
        """Commits what is waiting, and closes."""
        self._writer.close()
        super().close()

    def add(self, path: Path, state: State, *, detail: str = "", **fields: Any) -> Job:
        """A new job; `fields` are those of `Job`."""
        return self._writer.run(lambda connection: _add(connection, path, state, detail, fields))

    def add_found(self, found: Sequence[tuple[Path, Path, FileVersion]], runner: str) -> list[Job]:
        """New settling jobs for files (path, watched folder, version) in one transaction."""
        now = time.time()

        def write(connection: sqlite3.Connection) -> list[Job]:
            jobs = []
            for path, root, version in found:
                cursor = connection.execute(
                    "INSERT INTO jobs (path, root, state, origin, runner, size, mtime_ns, inode, created, changed) VALUES (?,?,?,?,?,?,?,?,?,?)",
                    (
                        path_to_db(path),
                        path_to_db(root),
                        State.SETTLING.value,
                        "folder",
                        runner,
                        *version,
                        now,
                        now,
                    ),
                )
                assert cursor.lastrowid is not None
                _log(connection, cursor.lastrowid, now, State.FOUND, "")
                _log(connection, cursor.lastrowid, now, State.SETTLING, "")
                jobs.append(_get(connection, cursor.lastrowid))
            return jobs

        return self._writer.run(write)

    def change(self, job_id: int, state: State, *, detail: str = "", **fields: Any) -> Job:
        """Moves a job to another state and sets fields of it.

        Raises:
            UnknownJob: no such job, or `state` may not follow the one it is in.
        """
        return self._writer.run(lambda connection: _move(connection, job_id, state, detail, fields))

    def update(self, job_id: int, **fields: Any) -> Job:
        """Sets fields of a job without a change of state."""
        row = columns(fields)

        def write(connection: sqlite3.Connection) -> Job:
            sets = ",".join(f"{name} = ?" for name in row)
            connection.execute(f"UPDATE jobs SET {sets} WHERE id = ?", [*row.values(), job_id])
            return _get(connection, job_id)

        return self._writer.run(write)

    def claim(
        self,
        runner: str,
        alive: Callable[[str], bool] = lambda _: True,
        not_for: Collection[str] = (),
        not_these: Collection[int] = (),
    ) -> Job | None:
        """Moves the runner's oldest queued job to converting and returns it; None when there is none.

        A job whose audio and settings another job is converting right now waits: its result will do for both,
        as long as that job's runner is `alive`. `not_for`: backends that nothing is sent to now;
        `not_these`: jobs that are left for later.
        """
        working = [other for other in self.working() if other != runner and alive(other)]
        others, closed, later = (",".join("?" * n) for n in (len(working) + 1, len(not_for), len(not_these)))

        def write(connection: sqlite3.Connection) -> Job | None:
            row = connection.execute(
                f"""SELECT id FROM jobs AS mine WHERE state = 'queued' AND runner = ? AND backend NOT IN ({closed})
                   AND id NOT IN ({later})
                   AND NOT EXISTS (
                       SELECT 1 FROM jobs AS other WHERE other.audio_hash = mine.audio_hash
                       AND other.settings_hash = mine.settings_hash AND other.state IN ('converting', 'restoring')
                       AND other.runner IN ({others}))
                   ORDER BY id LIMIT 1""",
                (runner, *not_for, *not_these, runner, *working),
            ).fetchone()
            return (
                None if row is None else _move(connection, row["id"], State.CONVERTING, "", {"progress": 0.0})
            )

        return self._writer.run(write)

    def retry(self, job_id: int, runner: str = "daemon", *, release: bool = False) -> Job:
        """Starts a job again from its beginning, with the settings of now, because a person wants it.

        `release` lets a held job go on in spite of what it was held for, with what was received for it.

        Raises:
            UnknownJob: no such job, or it is under way, or is to be released and not held.
        """

        def write(connection: sqlite3.Connection) -> Job:
            job = _get(connection, job_id)
            if release and job.state is not State.HELD:
                raise UnknownJob(f"job {job_id} is {job.state}", hint="only a held job can be released")
            if not job.state.final and job.state is not State.HELD:
                raise UnknownJob(
                    f"job {job_id} is {job.state}", hint="only a finished or held job can be tried again"
                )
            settle(connection, job_id)
            rest = {key: value for key, value in job.settings.items() if key not in ("released", "afresh")}
            if release:
                rest["released"] = sorted({*job.settings.get("released", ()), job.error_code})
            elif job.error_code == LowCorrelation.code:
                rest["afresh"] = True
            fresh = {
                "settings": rest,
                "attempt": job.attempt + 1,
                "cancel_requested": False,
                "error": "",
                "error_code": "",
                "progress": 0.0,
                "runner": runner,
            }
            return _move(connection, job_id, State.FOUND, "released" if release else "tried again", fresh)

        return self._writer.run(write)

    def cancel(self, job_id: int) -> Job:
        """Cancels a job: at once when it waits, else by asking its runner to stop.

        Raises:
            UnknownJob: no such job, or it has ended.
        """

        def write(connection: sqlite3.Connection) -> Job:
            job = _get(connection, job_id)
            if job.state in FINAL:
                raise UnknownJob(f"job {job_id} is {job.state} already", hint="there is nothing to cancel")
            if job.state in (State.CONVERTING, State.RESTORING):
                connection.execute("UPDATE jobs SET cancel_requested = 1 WHERE id = ?", (job_id,))
                return _get(connection, job_id)
            if job.version is not None:
                _remember(connection, job.path, job.version, "job", job_id)
            unreserve(connection, job_id)
            return _move(connection, job_id, State.CANCELLED, "by a person", {})

        return self._writer.run(write)

    def supersede(self, path: Path, by: int, error_code: str) -> None:
        """Older jobs of a file that are held for that reason end: the file was rendered again."""

        def write(connection: sqlite3.Connection) -> None:
            sql = "SELECT id FROM jobs WHERE path = ? AND state = 'held' AND error_code = ? AND id < ?"
            for row in connection.execute(sql, (path_to_db(path), error_code, by)).fetchall():
                _move(connection, row["id"], State.CANCELLED, "it was rendered again", {})

        self._writer.run(write)

    def drop(
        self,
        job_id: int,
        *,
        path: Path,
        version: FileVersion | None,
        verdict: str,
        instead: int | None = None,
    ) -> None:
        """Takes back a job that turned out to be none, and notes why on its file: ours, known, refused.

        The requests that it was to answer are answered by the job `instead`, or by none.
        """

        def write(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM jobs WHERE id = ?", (job_id,))
            if instead is None:
                connection.execute("DELETE FROM requests WHERE job = ?", (job_id,))
            else:
                connection.execute("UPDATE requests SET job = ? WHERE job = ?", (instead, job_id))
            if version is not None:
                _remember(connection, path, version, verdict, None)

        self._writer.run(write)

    def finish_looking(
        self, job_id: int, state: State, version: FileVersion | None, *, detail: str = "", **fields: Any
    ) -> Job:
        """A settled file's job becomes queued, or failed, and its file is noted as dealt with, in one."""

        def write(connection: sqlite3.Connection) -> Job:
            job = _move(connection, job_id, state, detail, {**fields, "version": version})
            if version is not None:
                _remember(connection, job.path, version, "job", job_id)
            return job

        return self._writer.run(write)

    def remember_file(self, job: Job, version: FileVersion) -> None:
        """Notes that a version of the job's file is dealt with."""
        self._writer.run(lambda connection: _remember(connection, job.path, version, "job", job.id))

    def remember_root(self, root: Path, device: int, since: float) -> None:
        """Notes on which device a watched folder is; `since` when it is watched (Unix time) stays as it was first."""
        row = (path_to_db(root), device, since)
        sql = "INSERT INTO roots VALUES (?,?,?) ON CONFLICT (path) DO UPDATE SET device = excluded.device"
        self._writer.run(lambda connection: connection.execute(sql, row))

    def forget_refused(self) -> None:
        """Files that were refused are looked at again: what refused them may have changed."""
        sql = "DELETE FROM files WHERE verdict = 'refused'"
        self._writer.run(lambda connection: connection.execute(sql))

    def forget_unsettled(self, runner: str) -> None:
        """Takes back the jobs of files that had not settled when the runner ended: they are found again."""
        sql = "DELETE FROM jobs WHERE runner = ? AND state = 'settling'"
        self._writer.run(lambda connection: connection.execute(sql, (runner,)))

    def adopt(self, runner: str, new_runner: str) -> None:
        """Hands all unfinished jobs of one runner to another."""
        states = ",".join(f"'{state.value}'" for state in ACTIVE)
        sql = f"UPDATE jobs SET runner = ? WHERE runner = ? AND state IN ({states})"
        self._writer.run(lambda connection: connection.execute(sql, (new_runner, runner)))

    def ask(self, request_id: str, path: Path, **fields: Any) -> Future[tuple[Job, bool]]:
        """The job that answers a request, and whether it is a new one: a request id is never given two."""

        def write(connection: sqlite3.Connection) -> tuple[Job, bool]:
            earlier = connection.execute(
                "SELECT jobs.* FROM requests JOIN jobs ON jobs.id = requests.job WHERE requests.id = ?",
                (request_id,),
            ).fetchone()
            if earlier is not None:
                return job_from_row(earlier), False
            job = _add(connection, path, State.FOUND, "", fields)
            _answer(connection, request_id, job.id)
            return job, True

        return self._writer.submit(write)

    def answer_with(self, request_id: str, job_id: int) -> None:
        """Notes that a request is answered by a job that is there."""
        self._writer.run(lambda connection: _answer(connection, request_id, job_id))

    def set_track(self, track: str, key: str, value: Any | None) -> None:
        """Sets a track's setting (a plain JSON value) for good; None unsets it."""
        track = text_to_db(track)

        def write(connection: sqlite3.Connection) -> None:
            if value is None:
                connection.execute("DELETE FROM track_settings WHERE track = ? AND key = ?", (track, key))
            else:
                row = (track, key, json.dumps(value))
                connection.execute("INSERT OR REPLACE INTO track_settings VALUES (?,?,?)", row)

        self._writer.run(write)

    def remember_output(self, job_id: int, path: Path, version: FileVersion, audio_hash: str) -> None:
        """Notes what a job is about to publish, so that it is known as ours from its first moment on."""

        def write(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM outputs WHERE job = ? AND path = ?", (job_id, path_to_db(path)))
            connection.execute(
                "INSERT OR REPLACE INTO outputs VALUES (?,?,?)", (audio_hash, job_id, path_to_db(path))
            )
            connection.execute(
                "INSERT OR REPLACE INTO files VALUES (?,?,?,?,?,?)",
                (path_to_db(path), *version, "ours", job_id),
            )
            connection.execute(
                "UPDATE jobs SET output = ?, announced = attempt WHERE id = ?", (path_to_db(path), job_id)
            )

        self._writer.run(write)


def _get(connection: sqlite3.Connection, job_id: int) -> Job:
    row = connection.execute("SELECT * FROM jobs WHERE id = ?", (id_to_db(job_id),)).fetchone()
    if row is None:
        raise UnknownJob(f"there is no job {job_id}", hint="`takevoice jobs` lists them")
    return job_from_row(row)


def _add(
    connection: sqlite3.Connection, path: Path, state: State, detail: str, fields: dict[str, Any]
) -> Job:
    now = time.time()
    given = {"path": path, "origin": "folder", "runner": "daemon", **fields}
    row = columns({**given, "state": state.value, "created": now, "changed": now})
    names, marks = ",".join(row), ",".join("?" * len(row))
    cursor = connection.execute(f"INSERT INTO jobs ({names}) VALUES ({marks})", list(row.values()))
    assert cursor.lastrowid is not None
    _log(connection, cursor.lastrowid, now, state, detail)
    return _get(connection, cursor.lastrowid)


def _answer(connection: sqlite3.Connection, request_id: str, job_id: int) -> None:
    connection.execute("INSERT OR REPLACE INTO requests VALUES (?,?,?)", (request_id, job_id, time.time()))


def _remember(
    connection: sqlite3.Connection, path: Path, version: FileVersion, verdict: str, job_id: int | None
) -> None:
    row = (path_to_db(path), *version, verdict, job_id)
    connection.execute("INSERT OR REPLACE INTO files VALUES (?,?,?,?,?,?)", row)


def _log(connection: sqlite3.Connection, job_id: int, at: float, state: State, detail: str) -> None:
    connection.execute("INSERT INTO history VALUES (?,?,?,?)", (job_id, at, state.value, detail))


def _move(
    connection: sqlite3.Connection, job_id: int, state: State, detail: str, fields: dict[str, Any]
) -> Job:
    job = _get(connection, job_id)
    if state not in NEXT[job.state]:
        raise UnknownJob(f"job {job_id} is {job.state} and cannot become {state}")
    now = time.time()
    row = columns({**fields, "state": state.value, "changed": now})
    sets = ",".join(f"{name} = ?" for name in row)
    connection.execute(f"UPDATE jobs SET {sets} WHERE id = ?", [*row.values(), job_id])
    if state is State.DONE:
        published(connection, job_id)
    _log(connection, job_id, now, state, detail)
    return _get(connection, job_id)

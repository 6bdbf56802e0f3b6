"""Paid requests: each is reserved, then sent, then received, then published, and stored before it is."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple

from takevoice.holds import HoldReason
from takevoice.ledger.reader import Reader, Writing
from takevoice.ledger.rows import text_to_db
from takevoice.states import State

HOUR, DAY = 3600.0, 86400.0  # seconds
_UNDER_WAY = ("sent", "reserved")
# Of an excerpt: the file that it was cut from.
SOURCE = """CASE WHEN jobs.options LIKE '%"part"%' THEN json_extract(jobs.options, '$.part.path') ELSE jobs.path END"""
"""The file that a job is about, in SQL."""


class Charge(NamedTuple):
    """One request to come: the name of its segment of the take, and what it costs."""

    segment: str
    seconds: float
    credits: float


class Request(NamedTuple):
    """One request of a job: the key of what was sent, and the name of its segment."""

    key: str
    segment: str


class Charged(NamedTuple):
    """What the backend reports about the cost of an answer. `credits`: what it billed, None where it does not say.

    `saved`: what the answer cost when it was made for an earlier request; it was not paid again.
    """

    credits: float | None = None
    saved: float = 0.0


UNREPORTED = Charged()
"""The bill of a backend that reports nothing: what was reserved counts."""


class Received(NamedTuple):
    """A request whose answer is on disk, and its bill."""

    request: Request
    charged: Charged = UNREPORTED


PROMISED = "/promised"
"""The end of the run's name for requests to a backend that promises to bill no request twice."""
SPOILT = "/spoilt"
"""The end that it has instead once their answers cannot be used."""


class Budget(NamedTuple):
    """The spans that spending is added up over: a day that began at a Unix time, a run, a track.

    And, for what is `wanted_by` the same kind of wish (folder, request, person), the last hour and the last 24 hours
    before the Unix time `now`.
    """

    day_began: float
    run: str
    track: str
    wanted_by: str = "person"
    now: float = 0.0


class Spent(NamedTuple):
    """Credits used so far, those of reserved requests included."""

    day: float
    run: float
    track: float  # of the track, on that day
    hour_alike: float = 0.0  # in the last hour, for the same kind of wish
    day_alike: float = 0.0  # in the last 24 hours
    day_saved: float = 0.0  # not paid on that day: the backend had the answers


class Charges:
    """The table of paid requests. Times are Unix times in seconds; `key` identifies what was sent."""

    def __init__(self, reader: Reader, writer: Writing) -> None:
        self._reader, self._writer = reader, writer

    def unresolved(self, job_id: int) -> list[Request]:
        """Return the requests of a job that were sent and have no recorded answer."""
        sql = "SELECT key, piece FROM sends WHERE job = ? AND state = 'sent'"
        return [Request(row["key"], row["piece"]) for row in self._reader.rows(sql, (job_id,))]

    def sent_under_promise(self, job_id: int) -> set[Request]:
        """Return those of them that went to a backend that promised to answer them again without a second bill."""
        sql = "SELECT key, piece FROM sends WHERE job = ? AND state = 'sent' AND run LIKE ?"
        return {Request(row["key"], row["piece"]) for row in self._reader.rows(sql, (job_id, f"%{PROMISED}"))}

    def unresolved_twin(self, audio_hash: str, key: str) -> tuple[int, State] | None:
        """Return a job, and its state, that sent that audio with that request key, or with an unknown one, and has no recorded
        answer: one that is held, else one that was cancelled or dropped meanwhile."""
        sql = """SELECT jobs.id, jobs.state FROM jobs LEFT JOIN sends ON sends.job = jobs.id
                 WHERE jobs.audio_hash = ? AND jobs.state IN ('held', 'cancelled') AND (sends.key = ? AND sends.state = 'sent' AND sends.run NOT LIKE ?
                 OR jobs.error_code = ? AND jobs.state = 'held' AND sends.job IS NULL AND jobs.answer_key IN ('', ?))
                 ORDER BY jobs.state = 'held' DESC LIMIT 1"""
        rows = self._reader.rows(sql, (audio_hash, key, f"%{PROMISED}", HoldReason.OUTCOME_UNKNOWN.code, key))
        return (rows[0][0], State(rows[0][1])) if rows else None

    def has_sent(self, job_id: int) -> bool:
        """Return True when a request of the job may have cost something."""
        sql = "SELECT 1 FROM sends WHERE job = ? AND state <> 'reserved' LIMIT 1"
        return bool(self._reader.rows(sql, (job_id,)))

    def has_answer(self, job_id: int) -> bool:
        """Return True when the answers to all requests of a job are there, and no result has come of them yet."""
        sql = "SELECT DISTINCT state FROM sends WHERE job = ?"
        return {row["state"] for row in self._reader.rows(sql, (job_id,))} == {"received"}

    def has_open(self, job_id: int) -> bool:
        """Return True when a request of the job may have been billed, or was, and no result has come of it yet."""
        sql = "SELECT 1 FROM sends WHERE job = ? AND state IN ('sent', 'received') LIMIT 1"
        return bool(self._reader.rows(sql, (job_id,)))

    def has_open_besides(self, job_id: int, audio_hash: str, settings_hash: str = "") -> bool:
        """Return True when that is so of another job for the same audio, and for the same settings if those are given."""
        sql = """SELECT 1 FROM jobs JOIN sends ON sends.job = jobs.id WHERE jobs.audio_hash = ? AND ? IN ('', jobs.settings_hash)
                 AND jobs.id <> ? AND jobs.state <> 'done' AND sends.state IN ('sent', 'received') LIMIT 1"""
        return bool(self._reader.rows(sql, (audio_hash, settings_hash, job_id)))

    def credits_of(self, job_id: int) -> float:
        """Return the credits of everything sent for a job so far."""
        sql = "SELECT COALESCE(SUM(credits), 0) FROM sends WHERE job = ? AND state <> 'reserved'"
        return float(self._reader.value(sql, (job_id,)))

    def credits_since(self, since: float) -> float:
        """Return the credits of all requests sent since that Unix time."""
        sql = "SELECT COALESCE(SUM(credits), 0) FROM sends WHERE at >= ? AND state <> 'reserved'"
        return float(self._reader.value(sql, (since,)))

    def reserve(
        self,
        job_id: int,
        key: str,
        charges: Sequence[Charge],
        budget: Budget,
        check: Callable[[Spent, float], None],
        *,
        send: bool = False,
    ) -> None:
        """Reserve what the requests will cost; those reserved before are not counted twice.

        `check` gets what is spent and what is wanted, in credits; whatever it raises keeps everything unreserved.
        `send`: they go out now, as `mark_sent` notes for one.
        """
        track = text_to_db(budget.track)

        def write(connection: sqlite3.Connection) -> None:
            sql = "SELECT piece FROM sends WHERE job = ? AND key = ? AND state = 'reserved'"
            reserved = {row["piece"] for row in connection.execute(sql, (job_id, key))}
            new = [charge for charge in charges if charge.segment not in reserved]

            def row(sql: str, values: Sequence[object]) -> Sequence[Any]:
                return tuple(connection.execute(sql, values).fetchone())

            check(_spent(row, budget), sum(charge.credits for charge in new))
            now = time.time()
            rows = [
                (job_id, c.segment, key, "reserved", track, budget.run, c.seconds, c.credits, now, budget.wanted_by, job_id, job_id)
                for c in new
            ]
            connection.executemany(
                f"""INSERT INTO sends (job, piece, key, state, track, run, seconds, credits, at, wanted_by, path, voice)
                    VALUES (?,?,?,?,?,?,?,?,?,?, (SELECT {SOURCE} FROM jobs WHERE id = ?), COALESCE((SELECT voice FROM jobs WHERE id = ?), ''))""",
                rows,
            )
            if send:
                for charge in charges:
                    _mark_sent(connection, job_id, Request(key, charge.segment), budget.run)

        self._writer.run(write)

    def spent(self, budget: Budget) -> Spent:
        """Return the credits used so far."""
        return _spent(lambda sql, values: tuple(self._reader.rows(sql, values)[0]), budget)

    def mark_sent(self, job_id: int, request: Request, run: str) -> None:
        """Note that a reserved request goes out now; it counts from now on, and for this run."""
        self._writer.run(lambda connection: _mark_sent(connection, job_id, request, run))

    def mark_received(self, job_id: int, received: Received, was: Collection[str] = _UNDER_WAY) -> None:
        """Note that the answer to a request is on disk, and its bill; `was` are the states it may have been in."""
        self._writer.run(lambda connection: mark_received(connection, job_id, received, was))

    def mark_spoilt(self, job_id: int, key: str, segment: str = "") -> None:
        """Note that what was received for a segment, or for all of them, cannot be used: only a person has it sent again.

        Also where a backend promised to bill no request twice: it would send the same again, and another answer may be billed.
        """
        sql = """UPDATE sends SET state = 'sent', run = replace(run, ?, ?) WHERE job = ? AND key = ? AND ? IN ('', piece)
                 AND state = 'received'"""
        self._writer.run(lambda connection: connection.execute(sql, (PROMISED, SPOILT, job_id, key, segment)))

    def delete_unbilled(self, job_id: int, key: str, segment: str) -> None:
        """Forget a request that is known to have cost nothing."""
        sql = "DELETE FROM sends WHERE job = ? AND key = ? AND piece = ? AND state IN ('reserved', 'sent')"
        self._writer.run(lambda connection: connection.execute(sql, (job_id, key, segment)))

    def release_reserved(self, job_id: int) -> None:
        """Give back what was reserved for a job and never sent."""
        self._writer.run(lambda connection: release_reserved(connection, job_id))


def _spent(row: Callable[[str, Sequence[object]], Sequence[Any]], budget: Budget) -> Spent:
    """Add up what is spent; `row` returns the first row of a query."""
    hour, day = budget.now - HOUR, budget.now - DAY
    spans = """SELECT TOTAL(CASE WHEN at >= ? THEN credits END), TOTAL(CASE WHEN at >= ? AND track = ? THEN credits END),
                      TOTAL(CASE WHEN at >= ? AND wanted_by = ? THEN credits END),
                      TOTAL(CASE WHEN at >= ? AND wanted_by = ? THEN credits END), TOTAL(CASE WHEN at >= ? THEN saved END)
               FROM sends WHERE at >= ?"""
    values = (
        *(budget.day_began, budget.day_began, text_to_db(budget.track)),
        *(hour, budget.wanted_by, day, budget.wanted_by, budget.day_began),
        min(budget.day_began, day),
    )
    today, track, hour_alike, day_alike, saved = row(spans, values)
    runs = (budget.run, budget.run.replace(PROMISED, SPOILT))
    (run,) = row("SELECT TOTAL(credits) FROM sends WHERE run IN (?, ?)", runs)
    return Spent(today, run, track, hour_alike, day_alike, saved)


def _mark_sent(connection: sqlite3.Connection, job_id: int, request: Request, run: str) -> None:
    sql = "UPDATE sends SET state = 'sent', at = ?, run = ? WHERE job = ? AND key = ? AND piece = ? AND state = 'reserved'"
    connection.execute(sql, (time.time(), run, job_id, *request))


def mark_received(
    connection: sqlite3.Connection, job_id: int, received: Received, was: Collection[str] = _UNDER_WAY
) -> None:
    """Note, in a transaction, that the answer to a request is on disk, and its bill; `was` are the states it may have been in."""
    marks = ",".join("?" * len(was))
    sql = f"""UPDATE sends SET state = 'received', credits = COALESCE(?, credits), saved = ?
              WHERE job = ? AND key = ? AND piece = ? AND state IN ({marks})"""
    connection.execute(sql, (*received.charged, job_id, *received.request, *was))


def release_reserved(connection: sqlite3.Connection, job_id: int) -> None:
    """Give back, in a transaction, what was reserved for a job and never sent."""
    connection.execute("DELETE FROM sends WHERE job = ? AND state = 'reserved'", (job_id,))


def mark_unresolved_as_lost(connection: sqlite3.Connection, job_id: int) -> None:
    """Note that a person decided to continue: unresolved requests still count, but may be sent again."""
    connection.execute("UPDATE sends SET state = 'lost' WHERE job = ? AND state = 'sent'", (job_id,))


def mark_published(connection: sqlite3.Connection, job_id: int) -> None:
    """Note that what was received for a job has become its result."""
    connection.execute("UPDATE sends SET state = 'published' WHERE job = ? AND state = 'received'", (job_id,))

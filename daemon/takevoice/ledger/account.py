"""What paid requests cost: each is reserved, then sent, then received, then published, and stored before it is."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from takevoice.errors import SpendingLimitExceeded
from takevoice.ledger.rows import text_to_db
from takevoice.ledger.writer import Writer


@dataclass(frozen=True)
class Charge:
    """One request to come: for which piece of the take, and what it costs."""

    piece: str
    seconds: float
    credits: float


@dataclass(frozen=True)
class Caps:
    """What may be spent, in credits; None: no limit. `day_began` is a Unix time, `run` names the run."""

    per_day: float | None
    per_run: float | None
    per_track: float | None
    day_began: float
    run: str


class Account:
    """The table of paid requests. Times are Unix times in seconds."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def reserve(
        self, job: int, track: str, key: str, charges: Sequence[Charge], caps: Caps, *, allowed: bool
    ) -> None:
        """Reserves what the requests will cost; those reserved before are not counted twice.

        `allowed`: a person wants it whatever the caps say.

        Raises:
            SpendingLimitExceeded: it would cost more than a cap leaves; nothing is reserved then.
        """
        track = text_to_db(track)

        def write(connection: sqlite3.Connection) -> None:
            sql = "SELECT piece FROM sends WHERE job = ? AND key = ? AND state = 'reserved'"
            there = {row["piece"] for row in connection.execute(sql, (job, key))}
            new = [charge for charge in charges if charge.piece not in there]
            if not allowed:
                _check(connection, track, sum(charge.credits for charge in new), caps)
            now = time.time()
            rows = [(job, c.piece, key, "reserved", track, caps.run, c.seconds, c.credits, now) for c in new]
            connection.executemany(
                "INSERT INTO sends (job, piece, key, state, track, run, seconds, credits, at) VALUES (?,?,?,?,?,?,?,?,?)",
                rows,
            )

        self._writer.run(write)

    def send(self, job: int, key: str, piece: str, run: str) -> None:
        """A reserved request goes out now; it counts from now on, and for this run."""
        sql = "UPDATE sends SET state = 'sent', at = ?, run = ? WHERE job = ? AND key = ? AND piece = ? AND state = 'reserved'"
        values = (time.time(), run, job, key, piece)
        self._writer.run(lambda connection: connection.execute(sql, values))

    def note(self, job: int, key: str, piece: str, was: Collection[str], state: str) -> None:
        """A request goes from one of the states `was` to the next."""
        marks = ",".join("?" * len(was))
        sql = f"UPDATE sends SET state = ? WHERE job = ? AND key = ? AND piece = ? AND state IN ({marks})"
        values = (state, job, key, piece, *was)
        self._writer.run(lambda connection: connection.execute(sql, values))

    def not_billed(self, job: int, key: str, piece: str) -> None:
        """It is known that a request cost nothing: it is as if it had not been."""
        sql = "DELETE FROM sends WHERE job = ? AND key = ? AND piece = ? AND state IN ('reserved', 'sent')"
        self._writer.run(lambda connection: connection.execute(sql, (job, key, piece)))

    def give_back(self, job: int) -> None:
        """What was reserved for a job that is not under way any more, and never sent, is free again."""
        self._writer.run(lambda connection: unreserve(connection, job))


def unreserve(connection: sqlite3.Connection, job: int) -> None:
    """What was reserved for a job, and never sent, is free again."""
    connection.execute("DELETE FROM sends WHERE job = ? AND state = 'reserved'", (job,))


def settle(connection: sqlite3.Connection, job: int) -> None:
    """A person decided to go on with a job: requests in doubt stay counted, and are in doubt no more."""
    connection.execute("UPDATE sends SET state = 'lost' WHERE job = ? AND state = 'sent'", (job,))


def published(connection: sqlite3.Connection, job: int) -> None:
    """What was received for a job has become its result."""
    connection.execute("UPDATE sends SET state = 'published' WHERE job = ? AND state = 'received'", (job,))


def _check(connection: sqlite3.Connection, track: str, wanted: float, caps: Caps) -> None:
    limits = (
        ("per_day", caps.per_day, "today", "at >= ?", (caps.day_began,)),
        ("per_run", caps.per_run, "in this run", "run = ?", (caps.run,)),
        (
            "per_track",
            caps.per_track,
            f"today for {track}",
            "at >= ? AND track = ?",
            (caps.day_began, track),
        ),
    )
    for name, cap, span, where, values in limits:
        if cap is None or not wanted:
            continue
        sql = f"SELECT COALESCE(SUM(credits), 0) FROM sends WHERE {where}"
        (spent,) = connection.execute(sql, values).fetchone()
        if spent + wanted > cap + 1e-6:
            raise SpendingLimitExceeded(
                f"would cost {wanted:,.0f} credits, and {spent:,.0f} of the {cap:,.0f} allowed {span} are used ([money] {name})"
            )

"""The requests in the house's ledger. Whether one is paid is decided by the insert that wins."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

from takevoice_plugins.house.caps import Caps
from takevoice_plugins.house.database import Database
from takevoice_plugins.house.keys import HouseKey
from takevoice_plugins.house.rows import (
    BILLED,
    DONE,
    DOUBT,
    HELD,
    PAID,
    PRUNED,
    QUEUED,
    REFUSED,
    RUNNING,
    SENT,
    Row,
    Wanted,
)

DROPPED = "dropped"  # the code of a refusal by the house's owner
MADE, JOINED, KEPT = "made", "joined", "kept"
UNFINISHED = (QUEUED, SENT, RUNNING, DOUBT)


class TokenReused(Exception):
    """The idempotency key was used for something else."""


@dataclass(frozen=True)
class Claim:
    """How a request is answered: `made` for it, `joined` to one that is under way, or `kept` from an earlier one."""

    how: str
    row: Row


class Cost(NamedTuple):
    """What an answer was billed, and what it cost when it was made for an earlier request, in credits."""

    billed: int
    saved: int


class Requests:
    """The table of requests, and what belongs to its changes: tokens, charges and uses."""

    def __init__(self, database: Database, caps: Caps) -> None:
        self._database, self._caps = database, caps

    def claim(self, wanted: Wanted, key: HouseKey, size_of: Callable[[str], int | None]) -> Claim:
        """Return the request for `wanted`, made where there is none. `size_of`: that of a kept answer; None without one.

        An answer that is kept counts although the ledger does not know it, as after a copy of it was put back. One that was paid
        for counts as kept although its file is gone: whoever reads it notices, and it is not paid again for that reason.

        Raises:
            CapExceeded: it would cost more than a cap allows; nothing is stored.
            TokenReused: its idempotency key belongs to another request.
        """
        with self._database.write() as db:
            self._check_token(db, wanted, key)
            row = self._get(db, wanted.content)
            size = size_of(wanted.content) if row is None or row.state == DONE else None
            if row is not None and (size is not None or _is_lost(row)):
                # Not removed just now.
                db.execute("UPDATE requests SET used = ?, code = '' WHERE content = ?", (time.time(), wanted.content))
                return Claim(KEPT, row)
            if row is not None and (row.state not in (DONE, REFUSED) or row.code == DROPPED):
                return Claim(JOINED, row)
            if wanted.credits and size is None:
                self._caps.reserve(db, wanted, key)
            now = time.time()
            db.execute(
                "INSERT OR REPLACE INTO requests(content, lane, state, key, project, parameters, streaming, urgent, seconds,"
                " credits, sample_rate, frames, backend, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    wanted.content, wanted.lane, QUEUED, key.id, wanted.project, wanted.parameters, wanted.streaming,
                    wanted.urgent, wanted.seconds, wanted.credits, wanted.sample_rate, wanted.frames, wanted.backend, now,
                ),
            )  # fmt: skip
            if size is not None:
                done = "UPDATE requests SET state = ?, done = ?, size = ? WHERE content = ?"
                db.execute(done, (DONE, now, size, wanted.content))
            made = self._get(db, wanted.content)
        assert made is not None
        return Claim(MADE if size is None else KEPT, made)

    def _check_token(self, db: sqlite3.Connection, wanted: Wanted, key: HouseKey) -> None:
        if not wanted.token:
            return
        db.execute(
            "INSERT OR IGNORE INTO tokens VALUES (?, ?, ?, ?)", (key.id, wanted.token, wanted.content, time.time())
        )
        stored = db.execute("SELECT content FROM tokens WHERE key = ? AND token = ?", (key.id, wanted.token))
        if stored.fetchone()[0] not in (wanted.content, wanted.earlier):
            raise TokenReused

    def get(self, content: str) -> Row | None:
        """Return a request."""
        rows = self._database.rows("SELECT * FROM requests WHERE content = ?", content)
        return Row.of(dict(rows[0])) if rows else None

    def in_states(self, states: Collection[str]) -> list[Row]:
        """Return the requests in these states, oldest first."""
        marks = ", ".join("?" * len(states))
        return [
            Row.of(dict(row))
            for row in self._database.rows(
                f"SELECT * FROM requests WHERE state <> 'done' AND state IN ({marks}) ORDER BY created", *states
            )
        ]

    def sending(self, content: str, price: float) -> Row | None:
        """Record that a paid request goes out now, at this price; None if it must not: it is not queued any more.

        Raises:
            CapReached, CapExceeded: it must not now, or at all.
        """
        with self._database.write() as db:
            row = self._get(db, content)
            if row is None or row.state != QUEUED:
                return None
            credits_ = self._caps.check_before_sending(db, row, price)
            db.execute(
                "UPDATE requests SET state = ?, sent = ?, credits = ?, attempts = attempts + 1, code = '', message = '' WHERE content = ?",
                (SENT, time.time(), credits_, content),
            )
            return self._get(db, content)

    def running(self, content: str, lease: str) -> Row | None:
        """Record that a free request is given out, under this lease unless it has one; None if it is answered."""
        return self._change(
            content,
            (QUEUED, RUNNING),
            "state = ?, lease = CASE WHEN lease = '' THEN ? ELSE lease END, sent = ?, attempts = attempts + 1",
            RUNNING,
            lease,
            time.time(),
        )

    def began(self, content: str, lease: str, worker: str) -> None:
        """Record which worker has a free request."""
        self._change(content, (RUNNING,), "worker = CASE WHEN lease = ? THEN ? ELSE worker END", lease, worker)

    def queue_again(self, content: str, *states: str, why: str = "", lost: bool = False) -> Row | None:
        """Queue a request again that is in one of `states`: nothing was billed for it. `lost`: its answer was, and it counts as an attempt."""
        return self._change(content, states, "state = ?, message = ?, attempts = attempts - ?", QUEUED, why, int(not lost))

    def release(self, content: str) -> Row | None:
        """Queue a held request again, as its owner says; return it. What it may have cost counts, and what it will cost.

        One that was dropped may be asked for again, and None is returned.
        """
        with self._database.write() as db:
            row = self._get(db, content)
            if row is not None and row.state == REFUSED and row.code == DROPPED:
                db.execute("DELETE FROM requests WHERE content = ?", (content,))
            if row is None or row.state != HELD:
                return None
            self._caps.settle(db, content, row.credits)
            self._caps.reserve_again(db, row)
            db.execute("UPDATE requests SET state = ?, code = '', upstream = '', message = 'released' WHERE content = ?", (QUEUED, content))
            return self._get(db, content)

    def drop(self, content: str, message: str) -> Row | None:
        """Refuse a held request for good, as its owner says. What it may have cost counts as billed."""
        with self._database.write() as db:
            row = self._get(db, content)
            if row is None or row.state != HELD:
                return None
            self._caps.settle(db, content, row.credits)
            db.execute(
                "UPDATE requests SET state = ?, status = 410, code = ?, message = ?, done = ? WHERE content = ?",
                (REFUSED, DROPPED, message, time.time(), content),
            )
            return self._get(db, content)

    def doubt(self, content: str, why: str) -> Row | None:
        """Record that the answer of a sent request was lost."""
        return self._change(content, (SENT, DOUBT), "state = ?, message = ?", DOUBT, why)

    def hold(self, content: str, why: str) -> Row | None:
        """Hold a request for the house's owner."""
        code = "CASE WHEN code IN (?, ?) THEN code ELSE 'outcome_unknown' END"
        return self._change(content, (DOUBT, SENT), f"state = ?, code = {code}, message = ?", HELD, *BILLED, why)

    def spoilt(self, content: str, states: Collection[str], code: str, upstream: str, cost: float | None, why: str) -> Row | None:
        """Record that a request in one of `states` was billed, and its answer cannot be used; None if it is in another one.

        `code`: one of BILLED. `cost`: in credits, None where it is not known; then what is reserved still counts.
        """
        with self._database.write() as db:
            row = self._get(db, content)
            if row is None or row.state not in states or (row.state != DONE and row.code in BILLED):
                return None
            billed = row.credits if cost is None else cost
            if cost is not None:
                self._caps.settle(db, content, cost)
            db.execute("INSERT INTO unusable VALUES (?, ?, ?, ?, ?)", (content, upstream, billed, why, time.time()))
            db.execute(
                "UPDATE requests SET state = ?, code = ?, upstream = ?, credits = ?, message = ?, digest = '' WHERE content = ?",
                (DOUBT, code, upstream, billed, why, content),
            )
            return self._get(db, content)

    def refuse(self, content: str, status: int, code: str, message: str) -> Row | None:
        """Record a refusal, which costs nothing: what was reserved is free again."""
        with self._database.write() as db:
            changed = db.execute(
                "UPDATE requests SET state = ?, status = ?, code = ?, message = ?, done = ? WHERE content = ? AND state <> ?",
                (REFUSED, status, code, message, time.time(), content, DONE),
            ).rowcount
            if changed:
                self._caps.release(db, content)
            return self._get(db, content) if changed else None

    def finish(self, content: str, upstream: str, cost: float, size: int, lease: str = "", digest: str = "") -> Row | None:
        """Record that the whole answer is kept, and what it cost; None if there is one already, or another has the lease."""
        with self._database.write() as db:
            changed = db.execute(
                "UPDATE requests SET state = ?, done = ?, upstream = ?, credits = ?, size = ?, digest = ?, code = '', message = ''"
                " WHERE content = ? AND state <> ? AND lease = ?",
                (DONE, time.time(), upstream, cost, size, digest, content, DONE, lease),
            ).rowcount
            if changed:
                self._caps.settle(db, content, cost)
            return self._get(db, content) if changed else None

    def cost_of(self, claim: Claim, key: HouseKey, asked: str) -> Cost:
        """Return what a client learns about the cost of its answer.

        The same for a request of a station that is sent again, so that all stations together learn of what
        was billed: of each charge once, by the one that it was made for; of both, where its owner had it sent twice.
        """
        row = self.get(claim.row.content) or claim.row
        mine = self._database.rows(
            "SELECT SUM(credits) AS credits FROM charges WHERE content = ? AND asked = ? AND asked <> ''"
            " AND key IN (SELECT id FROM keys WHERE name = ?) HAVING COUNT(*) > 0",
            row.content, asked, key.name,
        )  # fmt: skip
        if mine or claim.how == MADE:
            return Cost(round(mine[0]["credits"] if mine else row.credits), 0)
        return Cost(0, round(row.credits))

    def used(self, row: Row, key: HouseKey, project: str, how: str) -> None:
        """Record that an answer was given."""
        now = time.time()
        with self._database.write() as db:
            db.execute("INSERT INTO uses VALUES (?, ?, ?, ?, ?, ?)", (now, key.id, project, row.content, how, row.seconds))
            db.execute("UPDATE requests SET used = ? WHERE content = ?", (now, row.content))

    def note_digest(self, content: str, digest: str) -> None:
        """Record the checksum of a kept answer that came without one: from an earlier version, or without a row."""
        self._change(content, (DONE,), "digest = CASE WHEN digest = '' THEN ? ELSE digest END", digest)

    def has_digest(self, digest: str) -> bool:
        """Return True if an answer with this checksum is kept."""
        return bool(self._database.rows("SELECT 1 FROM requests WHERE digest <> '' AND digest = ? AND state = 'done' LIMIT 1", digest))

    def billed_lately(self, most: int) -> list[tuple[float, float]]:
        """Return seconds and credits of the last paid answers, oldest first."""
        rows = self._database.rows(
            "SELECT seconds, credits FROM requests WHERE lane = 'paid' AND state = 'done' ORDER BY done DESC LIMIT ?", most
        )
        return [(row["seconds"], row["credits"]) for row in reversed(rows)]

    def accounted(self, ids: Collection[str]) -> set[str]:
        """Return those of the service's ids that belong to requests of the house."""
        text = json.dumps(list(ids))
        rows = self._database.rows(
            "SELECT upstream FROM requests WHERE upstream <> '' AND upstream IN (SELECT value FROM json_each(?1))"
            " UNION SELECT upstream FROM unusable WHERE upstream <> '' AND upstream IN (SELECT value FROM json_each(?1))", text
        )  # fmt: skip
        return {row["upstream"] for row in rows}

    def _change(self, content: str, states: Collection[str], assignments: str, *values: Any) -> Row | None:
        marks = ", ".join("?" * len(states))
        with self._database.write() as db:
            changed = db.execute(
                f"UPDATE requests SET {assignments} WHERE content = ? AND state IN ({marks})", (*values, content, *states)
            ).rowcount
            return self._get(db, content) if changed else None

    @staticmethod
    def _get(db: sqlite3.Connection, content: str) -> Row | None:
        row = db.execute("SELECT * FROM requests WHERE content = ?", (content,)).fetchone()
        return Row.of(dict(row)) if row is not None else None


def _is_lost(row: Row) -> bool:
    """Return True for an answer that was paid for, and should be there."""
    return row.state == DONE and row.lane == PAID and row.code != PRUNED

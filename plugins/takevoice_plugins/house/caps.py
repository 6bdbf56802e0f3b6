"""Caps on what a day may cost: of a key, of a project, of the house. Reserved before anything is sent, settled after."""

from __future__ import annotations

import datetime
import json
import math
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from takevoice_plugins.house.keys import HouseKey
from takevoice_plugins.house.rows import DOUBT, HELD, PAID, SENT, Row, Wanted

RISE = 0.5
"""By how much of its expected cost an answer may be dearer without a cap being exceeded: the service raises its price unannounced."""
LEAP = 10.0
"""Only one request is under way that comes so near to a cap that it could be exceeded if all cost so many times as much as expected."""
_ROUNDING = 1e-6
_NAMED = "AND key IN (SELECT id FROM keys WHERE name = ?)"  # all keys that a person has had: a new key is no new cap
_UNDER_WAY = f"""
SELECT credits, state FROM (
    SELECT charges.*, requests.state FROM requests JOIN charges ON charges.content = requests.content AND charges.billed = 0
    WHERE requests.state <> 'done' AND requests.state IN ('{SENT}', '{DOUBT}', '{HELD}')
) WHERE day = ?
"""


def today() -> str:
    """Return the date by which days are counted: the local one."""
    return datetime.date.today().isoformat()


def at_most(credits_: float) -> float:
    """Return what an answer may cost that is expected to cost so much."""
    return math.ceil(credits_ * (1 + RISE))


class CapExceeded(Exception):
    """A request would cost more than a cap allows. `wanted`: what it is expected to cost."""

    def __init__(self, whose: str, cap: float, used: float, wanted: float) -> None:
        super().__init__(whose)
        self.whose, self.cap, self.used, self.wanted = whose, cap, used, wanted

    def __str__(self) -> str:
        fits = self.used + self.wanted <= self.cap + _ROUNDING
        more = f" (up to {at_most(self.wanted):,.0f}, should the service have raised its price)" if fits else ""
        return (
            f"would cost {self.wanted:,.0f} credits{more}, and {self.used:,.0f} of the {self.cap:,.0f} that {self.whose} may use "
            "today are used"
        )


class CapReached(Exception):
    """A request has to wait until others are billed: together, they could cost more than a cap allows."""


class _Limit(NamedTuple):
    whose: str
    cap: float
    condition: str  # of the charges that count, in SQL
    values: tuple[str, ...]


@dataclass(frozen=True)
class Caps:
    """The caps of the house and of its projects, in credits a day; keys have theirs in the ledger."""

    house: float | None = None
    projects: Mapping[str, float] = field(default_factory=dict)
    today: Callable[[], str] = today

    def reserve(self, db: sqlite3.Connection, wanted: Wanted, key: HouseKey) -> None:
        """Reserve what a request will cost, in the transaction that stores it. Raises CapExceeded."""
        day = self.today()
        for limit in self._limits(key.name, key.cap, wanted.project):
            billed, reserved = _spent(db, day, limit)
            if billed + reserved + at_most(wanted.credits) > limit.cap + _ROUNDING:
                raise CapExceeded(limit.whose, limit.cap, billed + reserved, wanted.credits)
        _charge(db, wanted.content, key.id, wanted.project, wanted.credits, wanted.parameters, day, wanted.asked)

    def check_before_sending(self, db: sqlite3.Connection, row: Row, price: float) -> float:
        """Return what is reserved for a queued request: as much as it costs at the price of now, if that is more than before.

        An answer may be billed more than was reserved: so what is under way, and this one, must fit even if all of it is.

        Raises:
            CapReached: it may have to wait for that.
            CapExceeded: it does not fit any more.
        """
        charge = db.execute("SELECT rowid, day, credits, approved FROM charges WHERE content = ? AND billed = 0", (row.content,)).fetchone()
        if charge is None:
            return row.credits
        wanted = float(max(price, charge["credits"]))
        if not charge["approved"]:
            person = db.execute("SELECT name, cap FROM keys WHERE id = ?", (row.key,)).fetchone()
            for limit in self._limits(person["name"], person["cap"], row.project):
                _check_under_way(db, charge["day"], limit, wanted)
        db.execute("UPDATE charges SET credits = ? WHERE rowid = ?", (wanted, charge["rowid"]))
        return wanted

    def _limits(self, name: str, cap: float | None, project: str) -> Iterator[_Limit]:
        """Yield the caps that a request counts for."""
        if cap is not None:
            yield _Limit(name, cap, _NAMED, (name,))
        if (of_project := self.projects.get(project)) is not None:
            yield _Limit(f"project {project}", of_project, "AND project = ?", (project,))
        if self.house is not None:
            yield _Limit("the house", self.house, "", ())

    def reserve_again(self, db: sqlite3.Connection, row: Row) -> None:
        """Reserve what a request will cost that its owner has sent again; no cap stops this."""
        if row.lane == PAID:
            asked = db.execute("SELECT asked FROM charges WHERE content = ? ORDER BY rowid DESC LIMIT 1", (row.content,)).fetchone()
            _charge(db, row.content, row.key, row.project, row.credits, row.parameters, self.today(), asked[0] if asked else "", approved=True)

    @staticmethod
    def release(db: sqlite3.Connection, content: str) -> None:
        """Free what was reserved for a request that costs nothing."""
        db.execute("DELETE FROM charges WHERE content = ? AND billed = 0", (content,))

    @staticmethod
    def settle(db: sqlite3.Connection, content: str, cost: float) -> None:
        """Replace what was reserved by what was billed."""
        db.execute("UPDATE charges SET credits = ?, billed = 1 WHERE content = ? AND billed = 0", (cost, content))


def _spent(db: sqlite3.Connection, day: str, limit: _Limit) -> tuple[float, float]:
    """Return the credits that were billed and those that are reserved on a day, of what counts for a cap."""
    sql = f"SELECT TOTAL(billed), TOTAL(reserved) FROM spent WHERE day = ? {limit.condition}"
    billed, reserved = db.execute(sql, (day, *limit.values)).fetchone()
    return billed, reserved


def _check_under_way(db: sqlite3.Connection, day: str, limit: _Limit, wanted: float) -> None:
    billed, _ = _spent(db, day, limit)
    under_way = db.execute(f"{_UNDER_WAY} {limit.condition}", (day, *limit.values)).fetchall()
    others = any(other["state"] != HELD for other in under_way)  # what is held says nothing of the price
    if billed + sum(at_most(other["credits"]) for other in under_way) + at_most(wanted) <= limit.cap + _ROUNDING:
        if others and billed + LEAP * (sum(other["credits"] for other in under_way) + wanted) > limit.cap:
            raise CapReached  # the next answer tells what they cost now
        return
    if others:
        raise CapReached
    raise CapExceeded(limit.whose, limit.cap, billed + sum(other["credits"] for other in under_way), wanted)


def _charge(
    db: sqlite3.Connection, content: str, key: int, project: str, cost: float, parameters: str, day: str, asked: str, *, approved: bool = False
) -> None:
    voice = str(json.loads(parameters).get("voice_id", ""))
    db.execute(
        "INSERT INTO charges(content, key, project, day, credits, voice, asked, approved) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (content, key, project, day, cost, voice, asked, approved),
    )

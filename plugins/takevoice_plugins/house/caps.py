"""Caps on what a day may cost: of a key, of a project, of the house. Reserved before anything is sent, settled after."""

from __future__ import annotations

import datetime
import json
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from takevoice_plugins.house.keys import HouseKey
from takevoice_plugins.house.rows import Row, Wanted

_ROUNDING = 1e-6


def today() -> str:
    """Return the date by which days are counted: the local one."""
    return datetime.date.today().isoformat()


class CapExceeded(Exception):
    """A request would cost more than a cap allows."""

    def __init__(self, whose: str, cap: float, used: float, wanted: float) -> None:
        super().__init__(whose)
        self.whose, self.cap, self.used, self.wanted = whose, cap, used, wanted

    def __str__(self) -> str:
        return (
            f"would cost {self.wanted:,.0f} credits, and {self.used:,.0f} of the {self.cap:,.0f} that {self.whose} may use "
            "today are used"
        )


@dataclass(frozen=True)
class Caps:
    """The caps of the house and of its projects, in credits a day; keys have theirs in the ledger."""

    house: float | None = None
    projects: Mapping[str, float] = field(default_factory=dict)
    today: Callable[[], str] = today

    def reserve(self, db: sqlite3.Connection, wanted: Wanted, key: HouseKey) -> None:
        """Reserve what a request will cost, in the transaction that stores it. Raises CapExceeded."""
        day = self.today()
        limits = (
            # Of all keys that the person has had: a new key is no new cap.
            (key.name, key.cap, "AND key IN (SELECT id FROM keys WHERE name = ?)", (key.name,)),
            (f"project {wanted.project}", self.projects.get(wanted.project), "AND project = ?", (wanted.project,)),
            ("the house", self.house, "", ()),
        )
        for whose, cap, condition, values in limits:
            if cap is None:
                continue
            sql = f"SELECT COALESCE(SUM(credits), 0) FROM charges WHERE day = ? {condition}"
            used = float(db.execute(sql, (day, *values)).fetchone()[0])
            if used + wanted.credits > cap + _ROUNDING:
                raise CapExceeded(whose, cap, used, wanted.credits)
        _charge(db, wanted.content, key.id, wanted.project, wanted.credits, wanted.parameters, day, wanted.asked)

    def reserve_again(self, db: sqlite3.Connection, row: Row) -> None:
        """Reserve what a request will cost that its owner has sent again; no cap stops this."""
        if row.credits:
            asked = db.execute("SELECT asked FROM charges WHERE content = ? ORDER BY rowid DESC LIMIT 1", (row.content,)).fetchone()
            _charge(db, row.content, row.key, row.project, row.credits, row.parameters, self.today(), asked[0] if asked else "")

    @staticmethod
    def release(db: sqlite3.Connection, content: str) -> None:
        """Free what was reserved for a request that costs nothing."""
        db.execute("DELETE FROM charges WHERE content = ? AND billed = 0", (content,))

    @staticmethod
    def settle(db: sqlite3.Connection, content: str, cost: float) -> None:
        """Replace what was reserved by what was billed."""
        db.execute("UPDATE charges SET credits = ?, billed = 1 WHERE content = ? AND billed = 0", (cost, content))


def _charge(db: sqlite3.Connection, content: str, key: int, project: str, cost: float, parameters: str, day: str, asked: str) -> None:
    voice = str(json.loads(parameters).get("voice_id", ""))
    db.execute(
        "INSERT INTO charges(content, key, project, day, credits, voice, asked) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (content, key, project, day, cost, voice, asked),
    )

"""What the house is doing and what it cost, as values: for the commands, and for GET /house/v1/queue and /costs."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Literal

from takevoice.errors import ConfigError
from takevoice_plugins.house.caps import today
from takevoice_plugins.house.database import Database
from takevoice_plugins.house.rows import HELD

SHORTEST = 3  # digits of an id: an empty variable of a script must not decide about what happens to be held
RELEASE, DROP = "release", "drop"
By = Literal["person", "project", "voice", "day"]
_COLUMNS: Mapping[str, str] = {
    "person": "(SELECT name FROM keys WHERE id = charges.key)", "project": "project", "voice": "voice", "day": "day",
}  # fmt: skip


class Overview:
    """Queries the house's ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def queue(self) -> list[dict[str, Any]]:
        """Return the requests without an answer, oldest first: id, state, person, project, voice, seconds, age and why."""
        rows = self._database.rows(
            "SELECT content, state, (SELECT name FROM keys WHERE id = requests.key) AS person, project, lane, seconds, credits,"
            " json_extract(parameters, '$.voice_id') AS voice, created, worker, message AS why FROM requests"
            " WHERE state <> 'done' AND state <> 'refused' ORDER BY created"
        )
        now = time.time()
        return [
            {**dict(row), "id": row["content"][:12], "age": round(max(0.0, now - row["created"]), 1)} for row in rows
        ]

    def costs(self, by: By, since: str = "") -> list[dict[str, Any]]:
        """Return credits and requests by person, project, voice or day, from the day `since` (YYYY-MM-DD) on.

        `saved` counts the answers that were given without a new request.
        """
        column = _COLUMNS[by]
        rows = self._database.rows(
            f"SELECT {column} AS name, SUM(credits * billed) AS credits, SUM(credits * (1 - billed)) AS reserved,"
            f" SUM(billed) AS requests FROM charges WHERE day >= ? GROUP BY 1 ORDER BY 2 DESC, 1",
            since,
        )
        return [dict(row) for row in rows]

    def used_today(self, by: str = "person") -> dict[str, float]:
        """Return the credits of today, reserved ones included, by person or project."""
        column = "project" if by == "project" else "(SELECT name FROM keys WHERE id = spent.key)"
        rows = self._database.rows(f"SELECT {column} AS name, TOTAL(billed + reserved) AS credits FROM spent WHERE day = ? GROUP BY 1", today())
        found = {row["name"]: round(row["credits"], 6) for row in rows}
        return {name: used for name, used in found.items() if used}  # what was taken back leaves a sum of 0

    def given(self, since: float = 0.0) -> dict[str, int]:
        """Return how many answers were made, joined and kept since a Unix time."""
        rows = self._database.rows("SELECT how, COUNT(*) AS n FROM uses WHERE at >= ? GROUP BY 1", since)
        return {row["how"]: row["n"] for row in rows}

    def decide(self, start: str, verb: str) -> str:
        """Have the running server release or drop a held request, or release a dropped one; return its content key.

        `start`: the first digits of its id. Raises ConfigError: it is not the start of exactly one that is held.
        """
        rows = self._database.rows(
            "SELECT content FROM requests WHERE (state = ? OR (state = 'refused' AND code = 'dropped' AND ? = 'release'))"
            " AND substr(content, 1, ?) = ?",
            HELD, verb, len(start), start.lower(),
        )  # fmt: skip
        if len(start) < SHORTEST:
            raise ConfigError(f"{start!r} is no id", hint=f"give {SHORTEST} digits of one at least; `takevoice house queue` lists them")
        if len(rows) != 1:
            what = "several held requests begin with" if rows else "no held request begins with"
            raise ConfigError(f"{what} {start!r}", hint="`takevoice house queue` lists them")
        content = str(rows[0]["content"])
        with self._database.write() as db:
            db.execute("INSERT INTO decisions VALUES (?, ?, ?)", (content, verb, time.time()))
        return content

    def is_waiting(self, content: str) -> bool:
        """Return True if a request waits for a decision."""
        return bool(self._database.rows("SELECT 1 FROM requests WHERE content = ? AND state = ?", content, HELD))

    def price_of(self, content: str) -> float:
        """Return the credits that a request has cost, or is expected to; 0 for one that is unknown."""
        rows = self._database.rows("SELECT credits FROM requests WHERE content = ?", content)
        return float(rows[0]["credits"]) if rows else 0.0

    def decisions(self) -> list[tuple[int, str, str]]:
        """Return what was decided and not acted on, oldest first: numbers, content keys and verbs."""
        rows = self._database.rows("SELECT rowid, content, verb FROM decisions ORDER BY rowid")
        return [(row["rowid"], row["content"], row["verb"]) for row in rows]

    def forget_decision(self, number: int) -> None:
        """Forget a decision that was acted on; one that came meanwhile stays."""
        with self._database.write() as db:
            db.execute("DELETE FROM decisions WHERE rowid = ?", (number,))

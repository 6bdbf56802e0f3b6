"""What the overview shows: the queue by person and project, what is held, workers and costs, by the rights of a key."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from takevoice_plugins.house.caps import today
from takevoice_plugins.house.database import Database
from takevoice_plugins.house.keys import ADMIN, WORKER, HouseKey
from takevoice_plugins.house.overview import Overview
from takevoice_plugins.house.requests import JOINED, KEPT, MADE
from takevoice_plugins.house.rows import HELD
from takevoice_plugins.house.schedule import Schedule
from takevoice_plugins.house.stations import Waiting

_QUEUE = """
SELECT (SELECT name FROM keys WHERE id = requests.key) AS person, project, lane,
 SUM(state = 'queued' OR (state = 'running' AND worker = '')) AS waiting,
 SUM(state = 'sent' OR (state = 'running' AND worker <> '')) AS under_way, SUM(state = 'doubt') AS in_doubt,
 SUM(state = 'held') AS held, SUM(CASE WHEN state = 'held' THEN 0 ELSE seconds END) AS seconds, MIN(created) AS oldest
FROM requests WHERE state <> 'done' AND state <> 'refused' AND (? OR key = ?) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
_HELD = """
SELECT substr(content, 1, 12) AS id, (SELECT name FROM keys WHERE id = requests.key) AS person, project, seconds, credits,
 json_extract(parameters, '$.voice_id') AS voice, created, message AS why
FROM requests WHERE state = ? AND state <> 'done' AND (? OR key = ?) ORDER BY created
"""
DAY = 86_400.0


class Summary:
    """Queries the house's ledger for one key: an administrator's sees all, a person's sees the person's own."""

    def __init__(self, database: Database, key: HouseKey) -> None:
        self._database, self._key, self._all = database, key, key.kind == ADMIN

    def queue(self, schedule: Schedule) -> list[dict[str, Any]]:
        """Return what has no answer yet, by person, project and lane; with the person's place in the turns of the lane, and when
        all that the person has there is about done."""
        now = time.time()
        return [
            {
                **dict(row),
                "oldest": round(max(0.0, now - row["oldest"]), 1),
                "turn": schedule.place(row["person"], row["lane"]) if row["waiting"] else None,
                "done_in": schedule.done_in(row["person"], row["lane"]) if row["waiting"] or row["under_way"] else None,
            }
            for row in self._database.rows(_QUEUE, self._all, self._key.id)
        ]

    def held(self) -> list[dict[str, Any]]:
        """Return what is held for the house's owner."""
        now = time.time()
        return [
            {**dict(row), "age": round(max(0.0, now - row["created"]), 1)}
            for row in self._database.rows(_HELD, HELD, self._all, self._key.id)
        ]

    def people(
        self, keys: Sequence[HouseKey], stations: Mapping[int, Waiting], schedule: Schedule, over: Collection[int]
    ) -> list[dict[str, Any]]:
        """Return the people whose keys are in use: credits of today, cap, and what waits at their stations.

        `over`: the keys whose stations have more than a cap allows today.
        """
        used = Overview(self._database).used_today()  # by name: also with keys that were revoked
        shown = [key for key in keys if key.revoked is None and key.kind != WORKER and (self._all or key.id == self._key.id)]
        return [
            {
                "name": key.name,
                "kind": key.kind,
                "project": key.project,
                "today": used.get(key.name, 0.0),
                "cap": key.cap,
                "at_station": stations[key.id].takes,
                "at_station_seconds": round(stations[key.id].seconds, 1),
                "over_a_cap": key.id in over,
                "done_in": None if key.id in over else schedule.done_in(key.name),
            }
            for key in shown
        ]

    def busy(self) -> set[int]:
        """Return the keys that have requests without an answer."""
        rows = self._database.rows("SELECT DISTINCT key FROM requests WHERE state <> 'done' AND state IN ('queued', 'sent', 'running', 'doubt')")
        return {row["key"] for row in rows}

    def projects(self, caps: Mapping[str, float]) -> list[dict[str, Any]]:
        """Return the credits of today by project, with the caps; nothing for a person."""
        if not self._all:
            return []
        used = {name: cost for name, cost in Overview(self._database).used_today("project").items() if name}
        return [{"name": name, "today": used.get(name, 0.0), "cap": caps.get(name)} for name in sorted({*used, *caps})]

    def today(self) -> float:
        """Return the credits that the house has used or reserved today; a person's own for a person."""
        rows = self._database.rows(
            "SELECT TOTAL(billed + reserved) AS credits FROM spent WHERE day = ? AND (? OR key = ?)",
            today(), self._all, self._key.id,
        )  # fmt: skip
        return round(float(rows[0]["credits"]), 6)

def given(database: Database) -> dict[tuple[int, str], int]:
    """Return how many answers were made, joined and kept in the last 24 hours, by key: many rows are counted."""
    rows = database.rows("SELECT key, how, COUNT(*) AS n FROM uses WHERE at >= ? GROUP BY 1, 2", time.time() - DAY)
    return {(row["key"], row["how"]): row["n"] for row in rows}


def given_to(key: HouseKey, counts: Mapping[tuple[int, str], int]) -> dict[str, int]:
    """Return how many of all these were given to a person, or to everyone for an administrator."""
    found = {MADE: 0, JOINED: 0, KEPT: 0}
    for (of, how), count in counts.items():
        if key.kind == ADMIN or of == key.id:
            found[how] += count
    return found

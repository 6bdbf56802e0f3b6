"""The schedule that the overview shows: each person's place in the turns of a lane, and about when their takes are done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from takevoice_plugins.house.database import Database
from takevoice_plugins.house.keys import HouseKey
from takevoice_plugins.house.rows import FREE, PAID
from takevoice_plugins.house.stations import Waiting
from takevoice_plugins.house.turns import Turns, finish_times

_BACKLOG = """
SELECT lane, (SELECT name FROM keys WHERE id = requests.key) AS person, SUM(seconds) AS seconds FROM requests
WHERE state <> 'done' AND state IN ('queued', 'sent', 'running') GROUP BY 1, 2
"""
_NOT_BEGUN = "SELECT content FROM requests WHERE state <> 'done' AND lane = 'free' AND (state = 'queued' OR (state = 'running' AND worker = ''))"


def not_begun(database: Database) -> set[str]:
    """Return the content keys of the free requests that wait for their turn."""
    return {row["content"] for row in database.rows(_NOT_BEGUN)}


class Schedule:
    """All people's, whoever looks: everyone's takes count for when one's own are done."""

    def __init__(self, database: Database, turns: Mapping[str, Turns], keys: Sequence[HouseKey], stations: Mapping[int, Waiting]) -> None:
        """`stations`: what they have not sent yet, by key; it counts for the lane that the house is for."""
        names = {key.id: key.name for key in keys}
        main = PAID if PAID in turns else FREE
        backlogs: dict[str, dict[str, float]] = {lane: {} for lane in turns}
        for row in database.rows(_BACKLOG):
            backlogs.setdefault(row["lane"], {})[row["person"]] = row["seconds"]
        for key, waiting in stations.items():
            if waiting.seconds:
                backlogs[main][names[key]] = backlogs[main].get(names[key], 0.0) + waiting.seconds
        self._times = {lane: finish_times(backlogs[lane], turns[lane].speed) for lane in turns}
        order = {lane: list(dict.fromkeys(names[key] for key in turns[lane].order if key in names)) for lane in turns}
        self._places = {(lane, name): place for lane, people in order.items() for place, name in enumerate(people, 1)}

    def place(self, name: str, lane: str) -> int | None:
        """Return 1 for the person whose turn is next in a lane, 2 for the one after; None if nothing of theirs waits there."""
        return self._places.get((lane, name))

    def done_in(self, name: str, lane: str = "") -> float | None:
        """Return in about how many seconds a person's takes of a lane, or of all, are done; None if that is not known."""
        lanes = [lane] if lane else list(self._times)
        times = [self._times[each][name] for each in lanes if name in self._times.get(each, {})]
        return round(max(times), 1) if times else None

"""What the house does and may spend, in the words of `takevoice house`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from takevoice_plugins.house.database import Database
from takevoice_plugins.house.keys import WORKER, Keys
from takevoice_plugins.house.options import HouseOptions
from takevoice_plugins.house.overview import Overview
from takevoice_plugins.house.rows import DOUBT, HELD, QUEUED, RUNNING
from takevoice_plugins.house.tables import in_short

WAITING, UNDER_WAY, IN_DOUBT = "waiting", "under way", "in doubt"
HOUSE = "the house"  # whose a cap is
NEAR = 0.9  # of a cap
MOST = 8  # people or caps that are named


class Cap(NamedTuple):
    """Credits that are used or reserved today, and how many may be; None: as many as are asked for."""

    whose: str
    used: float
    cap: float | None


def state_of(row: Mapping[str, Any]) -> str:
    """Return the state of a request for people."""
    if row["state"] in (HELD, DOUBT):
        return HELD if row["state"] == HELD else IN_DOUBT
    waits = row["state"] == QUEUED or (row["state"] == RUNNING and not row["worker"])
    return WAITING if waits else UNDER_WAY


def queue_in_words(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield how many requests wait, and whose they are."""
    held = sum(row["state"] == HELD for row in rows)
    yield f"{len(rows) - held:,} waiting or under way, {held:,} held" + (": `takevoice house queue` lists them" if rows else "")
    people = Counter(row["person"] or "-" for row in rows if row["state"] != HELD)
    if people:
        more = f", and {len(people) - MOST:,} more" if len(people) > MOST else ""
        yield "of " + ", ".join(f"{in_short(name, 24)} {count:,}" for name, count in people.most_common(MOST)) + more


def caps_of(database: Database, options: HouseOptions) -> Sequence[Cap]:
    """Return the caps of a day with what is used of them: the house's first, then those of people and projects."""
    overview = Overview(database)
    people, projects = overview.used_today(), overview.used_today("project")
    house = Cap(HOUSE, sum(people.values()), options.per_day)
    keys = [key for key in Keys(database).all() if key.revoked is None and key.kind != WORKER]
    named = [Cap(key.name, people.get(key.name, 0.0), key.cap) for key in keys]
    return [house, *named, *(Cap(f"project {name}", projects.get(name, 0.0), cap) for name, cap in options.projects.items())]


def in_words(caps: Sequence[Cap]) -> Iterator[str]:
    """Yield today's credits, and the caps that are reached or nearly so."""
    house, *others = caps
    of = "" if house.cap is None else f" of {house.cap:,.0f}"
    yield f"{house.used:,.0f}{of} credits used or reserved today"
    short = [each for each in others if each.cap is not None and each.used >= NEAR * each.cap]
    if short:
        more = f", and {len(short) - MOST:,} more" if len(short) > MOST else ""
        yield "caps reached, or nearly: " + ", ".join(f"{in_short(each.whose, 32)} {each.used:,.0f} of {each.cap:,.0f}" for each in short[:MOST]) + more

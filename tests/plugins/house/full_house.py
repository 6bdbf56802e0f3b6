"""A house on a bad night: fifty people and twenty projects, some with names that no designer has thought of."""

from __future__ import annotations

import json
import time
from pathlib import Path

from takevoice_plugins.farm.roster import Roster, Sign
from takevoice_plugins.house.caps import today
from takevoice_plugins.house.database import Database
from takevoice_plugins.house.keys import Keys

LONG = "x" * 64
HOSTILE_PEOPLE = ("名前名前名前の長い人", "محمد.العربي", LONG)
HOSTILE_PROJECTS = ("<img src=x onerror=alert(1)>", "\u202egpj.exe", "P" * 200, "砂の惑星", "مشروع")
WHY = "the history has several conversions of the same take that no request accounts for"
VOICE = "JBFqnCBsd6RMkjVDRZzb"
_STATES = ("queued", "sent", "queued", "doubt", "held", "queued")


def fill(database: Database, people: int = 50, projects: int = 20) -> dict[str, str]:
    """Put people, their requests and charges into a ledger; return the people's keys by name."""
    names = [*HOSTILE_PEOPLE, *(f"person{number}" for number in range(people - len(HOSTILE_PEOPLE)))][:people]
    keys = Keys(database)
    made = {name: keys.add(name, project="dune" if n % 2 else "", cap=100.0 * n + 50 if n % 3 else None) for n, name in enumerate(names)}
    ids = [key.id for key in keys.all() if key.name in made]
    works = [*HOSTILE_PROJECTS, *(f"project{number}" for number in range(projects))][:projects]
    now, day = time.time(), today()
    with database.write() as db:
        for n in range(2 * people):
            key, work, state = ids[n % people], works[n % len(works)], _STATES[n % len(_STATES)]
            content, parameters = f"{n:04x}".ljust(64, "0"), json.dumps({"voice_id": VOICE})
            db.execute(
                "INSERT INTO requests(content, lane, state, key, project, parameters, streaming, urgent, seconds, credits,"
                " sample_rate, frames, created, message) VALUES (?, 'paid', ?, ?, ?, ?, 0, 0, 4.5, 75, 48000, 216000, ?, ?)",
                (content, state, key, work, parameters, now - 37 * n, WHY if state == "held" else ""),
            )
            db.execute(
                "INSERT INTO charges(content, key, project, day, credits, billed, voice) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (content, key, work, day, 75 * n % 301, n % 2, VOICE),
            )
    return made


def hostile_workers(path: Path | None = None) -> Roster:
    """Workers with names and takes of that kind; one of them is silent."""
    now = [time.time() - 3600]
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
    roster = Roster(path, clock=lambda: now[0])
    shape = {"slots": 2, "queue": "cpu", "version": "x", "doing_seconds": 3.0}
    roster.heard("rack0", Sign(worker="silent", slot=1, host="gone", **shape))
    now[0] = time.time()
    for slot in (1, 2):
        roster.heard("rack1", Sign(worker="one", slot=slot, host="H" * 255, doing="<b>Anna</b> \u202e" + "d" * 150, done=1200, audio_seconds=7e4, **shape))
    return roster

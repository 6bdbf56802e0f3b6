"""`takevoice house workers`: which workers there are, what they do, and when they were last heard."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

from takevoice_plugins.farm.roster import WORKERS, Roster
from takevoice_plugins.house.tables import table, terminal_width

HEAD = ("NAME", "HOST", "QUEUE", "SLOTS", "STATE", "DONE", "AUDIO", "HEARD", "")


def print_workers(state: Path, *, as_json: bool) -> int:
    """Print the workers that the house in the state dir `state` has heard of in the last day."""
    workers = Roster(state / "house" / WORKERS).workers()
    if as_json:
        print(json.dumps(workers, indent=2))
        return 0
    if not workers:
        print("no worker has been heard of in the last day; `takevoice house add NAME --worker` makes a key for one")
        return 0
    print("\n".join(table(HEAD, [_row(worker) for worker in workers], ("SLOTS", "DONE"), terminal_width())))
    return 0


def _row(worker: dict[str, Any]) -> tuple[str, ...]:
    return (
        worker["name"],
        worker["host"],
        worker["queue"],
        str(worker["slots"]),
        worker["state"],
        str(worker["done"]),
        str(datetime.timedelta(seconds=int(worker["audio_seconds"]))),
        f"{worker['seconds_ago']:.0f} s ago",
        "; ".join(worker["doing"]),
    )

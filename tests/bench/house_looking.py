"""What it costs to look at a house with many lines, and whether requests wait for those who look.

    python tests/bench/house_looking.py [LINES]

A ledger with LINES (500,000) answers of one day: how long its sums take, how old they may get on the page, and how long the
house's ledger takes to record a request alone, and while somebody looks all the time; beside it, SQLite alone with one row.
"""

from __future__ import annotations

import json
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from takevoice_plugins.house.caps import Caps, today
from takevoice_plugins.house.database import Database
from takevoice_plugins.house.keys import HouseKey, Keys
from takevoice_plugins.house.reading import REST, Reading
from takevoice_plugins.house.requests import MADE, Requests
from takevoice_plugins.house.rows import PAID, Wanted
from takevoice_plugins.house.summary import given

PEOPLE = 50
ROUNDS = 300


def fill(database: Database, lines: int) -> list[HouseKey]:
    """Put people and their answers of today into a ledger; return the people's keys."""
    for number in range(PEOPLE):
        Keys(database).add(f"person{number}")
    keys, now, day = Keys(database).all(), time.time(), today()
    parameters = json.dumps({"voice_id": "a"})
    with database.write() as db:
        for n in range(lines):
            content, key = f"{n:064x}", keys[n % PEOPLE].id
            db.execute(
                "INSERT INTO requests(content, lane, state, key, project, parameters, streaming, urgent, seconds, credits,"
                " sample_rate, frames, created, done, size) VALUES (?, 'paid', 'done', ?, '', ?, 0, 0, 4.5, 75, 48000, 216000, ?, ?, 1)",
                (content, key, parameters, now, now),
            )
            db.execute("INSERT INTO charges(content, key, project, day, credits, billed, voice) VALUES (?, ?, '', ?, 75, 1, 'a')", (content, key, day))
            db.execute("INSERT INTO uses VALUES (?, ?, '', ?, ?, 4.5)", (now, key, content, MADE))
    return keys


def milliseconds(call: Callable[[int], object], times: int) -> list[float]:
    """Return how long each of so many calls took."""
    took = []
    for number in range(times):
        began = time.perf_counter()
        call(number)
        took.append(1000 * (time.perf_counter() - began))
        time.sleep(0.01)
    return took


def main() -> None:
    """Measure, and print the figures."""
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 500_000
    with tempfile.TemporaryDirectory() as name, closing(Database(Path(name) / "house.sqlite3")) as database:
        keys = fill(database, lines)
        requests, reading = Requests(database, Caps(house=1e12)), Reading(database)
        looks = {"what was paid": lambda: reading.overview.costs("person"), "answers of a day": lambda: given(reading.database)}
        for what, look in looks.items():
            took = min(milliseconds(lambda _, look=look: look(), 3))
            print(f"{what}: added up in {took:,.0f} ms; on the page up to {REST * took / 1000:.0f} s old")

        def record(number: int) -> None:
            wanted = Wanted(f"new {threading.get_ident()} {time.perf_counter_ns()} {number}", PAID, "{}", False, False, 4.5, 75, 48000, 216000, "", "")
            requests.claim(wanted, keys[number % PEOPLE], lambda _: None)

        alone, ended = milliseconds(record, ROUNDS), threading.Event()

        def look_on() -> None:
            while not ended.is_set():
                for look in looks.values():
                    look()

        looking = threading.Thread(target=look_on)
        looking.start()
        beside = milliseconds(record, ROUNDS)
        ended.set()
        looking.join()
        reading.close()
    with tempfile.TemporaryDirectory() as name, closing(sqlite3.connect(Path(name) / "one.sqlite3", isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("CREATE TABLE one(number INTEGER)")
        bare = milliseconds(lambda number: db.execute("INSERT INTO one VALUES (?)", (number,)), ROUNDS)
    for what, took in (("one row by SQLite alone", bare), ("a request recorded", alone), ("the same while somebody looks all the time", beside)):
        print(f"{what}: {statistics.median(took):.1f} ms (median), {max(took):.0f} ms at most")


if __name__ == "__main__":
    main()

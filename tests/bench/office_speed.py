"""How long the office takes to answer with 100,000 jobs in the ledger.

    python tests/bench/office_speed.py
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from takevoice import JobFilter, open_office
from takevoice.ledger import Ledger
from takevoice.pipeline.casting import Casting
from takevoice.take_settings import TakeSettings

JOBS = 100_000
COLUMNS = "path,state,origin,runner,track,backend,voice,settings,settings_hash,frames,sample_rate,channels,created,changed,options"


def fill(path: Path) -> None:
    """Write that many jobs of 300 tracks, one in fifty of which has failed."""
    Ledger(path).close()
    connection, now = sqlite3.connect(path), time.time()
    settings = json.dumps({**TakeSettings(voice="ada", seed=1).as_dict(), "voice_id": "ada"}, sort_keys=True)
    same = ("local", "ada", settings, "hash", 480_000, 48_000, 1, now, now, "{}")
    rows = (
        (f"/Exports/ep{n % 20}/Anna_{n}.wav", "done" if n % 50 else "failed", "folder", "daemon", f"T{n % 300}", *same)
        for n in range(JOBS)
    )
    connection.executemany(f"INSERT INTO jobs ({COLUMNS}) VALUES ({','.join('?' * 15)})", rows)
    connection.commit()
    connection.close()


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        state = Path(name)
        fill(state / "ledger.sqlite3")
        with open_office(state) as office:
            questions: dict[str, Callable[[], object]] = {
                "counts": office.counts,
                "the newest 100": lambda: office.jobs(JobFilter(), 100),
                "100 in the middle": lambda: office.jobs(JobFilter(before=JOBS // 2), 100),
                "a name": lambda: office.jobs(JobFilter(text="anna_7777"), 100),
                "a name with an umlaut": lambda: office.jobs(JobFilter(text="ü"), 100),
                "tracks": office.tracks,
                "the cast": Casting(office.ledger, office.environment.config.loaded, office.planner).rows,
                "status": office.status,
            }
            for question, ask in questions.items():
                ask()
                began = time.perf_counter()
                ask()
                print(f"{question:<22} {1000 * (time.perf_counter() - began):6.1f} ms")


if __name__ == "__main__":
    main()

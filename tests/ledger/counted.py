"""What a ledger counts, against its jobs counted one by one, by queries of our own."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

from takevoice.ledger.counting import miscounts

KINDS = "CASE WHEN family <> 0 AND family <> id THEN 'candidate' WHEN origin = 'audition' THEN 'audition' ELSE 'take' END"


def check_counts(path: Path) -> None:
    """Fail unless a ledger counts its jobs rightly, and its own check says so."""
    with closing(sqlite3.connect(path)) as connection:
        jobs, frames = Counter[tuple[str, ...]](), Counter[tuple[str, ...]]()
        rows = connection.execute(f"SELECT state, {KINDS}, error_code, track, sample_rate, frames FROM jobs").fetchall()
        for state, kind, code, track, rate, length in rows:
            jobs[state, kind, code if state == "held" else ""] += 1
            jobs[track, state, kind, rate] += 1
            frames[track, state, kind, rate] += length
        kept = connection.execute("SELECT state, kind, code, jobs FROM job_counts").fetchall()
        tracks = connection.execute("SELECT track, state, kind, sample_rate, jobs, frames FROM track_counts").fetchall()
        found = list(miscounts(connection))
    assert {tuple(row[:-1]): row[-1] for row in kept} | {tuple(row[:4]): row[4] for row in tracks} == dict(jobs)
    assert {tuple(row[:4]): row[5] for row in tracks if row[5]} == {key: each for key, each in frames.items() if each}
    assert found == []

"""What a ledger counts, against its jobs counted one by one, by queries of our own."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

from takevoice.ledger.counting import miscounts

KINDS = "CASE WHEN family <> 0 AND family <> id THEN 'candidate' WHEN origin = 'audition' THEN 'audition' ELSE 'take' END"
WAITING = """
    SELECT state, runner, IIF(state = 'held', error_code, ''), backend, COALESCE(json_extract(settings, '$.channels'), ''), channels,
           CASE WHEN family <> 0 AND family = id THEN 0 WHEN json_type(settings, '$.candidates') = 'array'
           THEN json_array_length(settings, '$.candidates') ELSE COALESCE(json_extract(settings, '$.candidates'), 1) END,
           sample_rate, COUNT(*), SUM(frames) FROM jobs WHERE state NOT IN ('done', 'failed', 'cancelled')"""


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
        waiting = connection.execute("SELECT state, runner, code, backend, wanted, channels, copies, sample_rate, jobs, frames FROM waiting_counts").fetchall()
        under_way = connection.execute(f"{WAITING} GROUP BY 1, 2, 3, 4, 5, 6, 7, 8").fetchall()
        found = list(miscounts(connection))
    assert {tuple(row[:-1]): row[-1] for row in kept} | {tuple(row[:4]): row[4] for row in tracks} == dict(jobs)
    assert {tuple(row[:4]): row[5] for row in tracks if row[5]} == {key: each for key, each in frames.items() if each}
    assert sorted(waiting, key=repr) == sorted(under_way, key=repr)
    assert found == []

"""Which queued job is next."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Sequence
from typing import Any

WORKING = "('converting', 'restoring')"
URGENT = """options LIKE '%"urgent": %'"""
"""True for jobs that a person put first."""


def next_queued(
    query: Callable[[str, Sequence[Any]], Sequence[sqlite3.Row]],
    owner: str,
    not_for: Collection[str],
    not_these: Collection[int],
    *,
    newest_first: bool,
) -> int | None:
    """Return the number of the owner's next queued job; None when there is none. `query` returns rows.

    Those that a person put first come first, then requested ones, oldest first, then those of folders, newest or oldest first.
    A job waits while
    another one converts the same audio with the same settings or the same request. `not_for`: backends; `not_these`: jobs.
    """
    backends, later = (",".join("?" * len(each)) for each in (not_for, not_these))
    by_age = "DESC" if newest_first else "ASC"
    orders = ((URGENT, "json_extract(options, '$.urgent') DESC"), ("origin <> 'folder'", "id"), ("origin = 'folder'", f"id {by_age}"))
    for which, order in orders:
        rows = query(
            f"""SELECT id FROM jobs AS mine WHERE state = 'queued' AND family <> id AND runner = ? AND {which}
               AND backend NOT IN ({backends}) AND id NOT IN ({later})
               AND NOT EXISTS (
                   SELECT 1 FROM jobs AS other WHERE other.audio_hash = mine.audio_hash AND other.state IN {WORKING}
                   AND (other.settings_hash = mine.settings_hash
                        OR (other.answer_key = mine.answer_key AND mine.answer_key <> '')))
               ORDER BY {order} LIMIT 1""",
            (owner, *not_for, *not_these),
        )
        if rows:
            return int(rows[0]["id"])
    return None

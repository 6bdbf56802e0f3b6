"""Kept answers: how long, and how much room they take. The oldest that was not used for longest goes first."""

from __future__ import annotations

import logging
import time
from pathlib import Path

from takevoice_plugins.house.database import Database
from takevoice_plugins.house.rows import DONE, REFUSED
from takevoice_plugins.house.store import Store

log = logging.getLogger("takevoice.house")
LEDGER = "house.sqlite3"
UNUSED = 3600.0  # seconds after which an upload that was refused is removed


def prune(database: Database, store: Store, keep_days: float, keep_gb: float) -> int:
    """Remove answers that are too old, or too many; return how many. What they cost stays in the ledger."""
    oldest = time.time() - keep_days * 86_400
    rows = database.rows("SELECT content, size, COALESCE(used, done) AS used FROM requests WHERE state = 'done' ORDER BY 3")
    excess = sum(row["size"] for row in rows) - keep_gb * 1e9
    gone: list[str] = []
    for row in rows:
        if row["used"] >= oldest and excess <= 0:
            break
        gone.append(row["content"])
        excess -= row["size"]
    for content in gone:
        # The row first: an answer without a row is removed below, a row without an answer would be paid for again.
        with database.write() as db:
            db.execute("DELETE FROM requests WHERE content = ? AND state = 'done'", (content,))
        store.drop_answer(content)
    for content in store.old_uploads(time.time() - UNUSED):
        state = database.rows("SELECT state FROM requests WHERE content = ?", content)
        if not state or state[0]["state"] in (DONE, REFUSED):
            store.drop_upload(content)
    with database.write() as db:
        db.execute("DELETE FROM requests WHERE state = 'refused' AND done < ?", (oldest,))
        db.execute("DELETE FROM tokens WHERE created < ?", (oldest,))
    return len(gone)


def house_folder(state: Path) -> Path:
    """Return the folder of the house in a state dir."""
    return state / "house"

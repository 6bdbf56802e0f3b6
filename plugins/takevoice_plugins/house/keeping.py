"""Kept answers: how long, and how much room they take. Those that were not used for longest go first."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeVar

from takevoice_plugins.house.database import Database
from takevoice_plugins.house.rows import DONE, PAID, PRUNED, REFUSED
from takevoice_plugins.house.store import Store

LEDGER = "house.sqlite3"
UNUSED = 3600.0  # seconds after which an upload that was refused is removed
RECENT = 3600.0  # seconds for which an answer stays in any case: it may be on its way to someone
BATCH = 50  # answers in one transaction
DAY = 86_400.0
Item = TypeVar("Item")


class Kept(NamedTuple):
    """An answer that is kept. `used`: the Unix time of its last use; `credits`: what it was billed, 0 where that is not known."""

    used: float
    content: str
    size: int
    credits: float


@dataclass(frozen=True)
class Census:
    """What is in the store. `unknown`: answers that the ledger does not know; `lost`: rows of answers whose files are gone.

    `half_removed`: those of which a kill has left the row.
    """

    kept: Sequence[Kept]
    unknown: Sequence[Kept]
    lost: Sequence[str]
    half_removed: Sequence[str]

    @property
    def answers(self) -> Sequence[Kept]:
        """All answers, those that were not used for longest first."""
        return sorted([*self.kept, *self.unknown])

    @property
    def size(self) -> int:
        """The bytes of all answers."""
        return sum(each.size for each in (*self.kept, *self.unknown))


def census(database: Database, store: Store) -> Census:
    """Return what is there. What has no answer yet is not part of it. Raises LedgerError, OSError."""
    files = {path.name: path for path in store.answers()}
    rows = database.rows("SELECT content, state, lane, credits, code, COALESCE(used, done, created) AS used FROM requests")
    done = {row["content"]: row for row in rows if row["state"] == DONE}
    known = {row["content"] for row in rows}
    kept, unknown = [], []
    for content, path in files.items():
        if content in done or content not in known:
            try:
                status = path.stat()
            except FileNotFoundError:
                continue
            row = done.get(content)
            if row is None:
                unknown.append(Kept(status.st_mtime, content, status.st_size, 0.0))
            else:
                kept.append(Kept(row["used"], content, status.st_size, row["credits"] if row["lane"] == PAID else 0.0))
    gone = [row for content, row in done.items() if content not in files]
    lost = [row["content"] for row in gone if row["code"] != PRUNED and row["lane"] == PAID]
    return Census(kept, unknown, lost, [row["content"] for row in gone if row["code"] == PRUNED or row["lane"] != PAID])


def excess(found: Census, keep_days: float, keep_gb: float, now: float) -> list[Kept]:
    """Return the answers that are too old, and those that were not used for longest beyond the room. Those used just now stay."""
    oldest, over = now - keep_days * DAY, found.size - keep_gb * 1e9
    chosen: list[Kept] = []
    for each in found.answers:
        if each.used >= now - RECENT or (each.used >= oldest and over <= 0):
            break
        chosen.append(each)
        over -= each.size
    return chosen


def remove(database: Database, store: Store, chosen: Sequence[Kept]) -> int:
    """Remove answers, besides those that were used meanwhile; return how many. Raises LedgerError.

    Also while a server is running, in this process or another one: it gives an answer in a transaction, so none is given of which
    the file is gone. What is about to go is marked before, so that a kill does not make it look lost; it is completed the next time.
    """
    gone = 0
    for batch in _batches(chosen):
        with database.write() as db:
            mark = "UPDATE requests SET code = ? WHERE content = ? AND state = ? AND COALESCE(used, done, created) <= ?"
            db.executemany(mark, [(PRUNED, each.content, DONE, each.used) for each in batch])
        with database.write() as db:
            gone += sum(_remove(db, store, each) for each in batch)
    return gone


def _remove(db: sqlite3.Connection, store: Store, kept: Kept) -> bool:
    row = db.execute("SELECT state, COALESCE(used, done, created) FROM requests WHERE content = ?", (kept.content,)).fetchone()
    if row is not None and (row[0] != DONE or row[1] > kept.used):
        return False
    db.execute("DELETE FROM requests WHERE content = ?", (kept.content,))
    store.drop_answer(kept.content)
    return True


def prune(database: Database, store: Store, keep_days: float, keep_gb: float) -> int:
    """Remove what is too old, or too much; return how many answers. What they cost stays in the ledger. Raises LedgerError, OSError."""
    now = time.time()
    found = census(database, store)
    gone = remove(database, store, excess(found, keep_days, keep_gb, now))
    oldest = now - keep_days * DAY
    for batch in _batches(found.half_removed):
        with database.write() as db:
            for content in batch:
                if not store.has_answer(content):  # asked for again, it is made again, with or without this row
                    db.execute("DELETE FROM requests WHERE content = ? AND state = 'done'", (content,))
    for batch in _batches(found.lost):  # they would not be here any more, had they not been lost
        with database.write() as db:
            too_old = "DELETE FROM requests WHERE content = ? AND state = 'done' AND COALESCE(used, done, created) < ?"
            db.executemany(too_old, [(content, oldest) for content in batch])
    for path in store.old_unusable(oldest):
        path.unlink(missing_ok=True)
    for content in _without_use(database, store, now):
        store.drop_upload(content)
        store.drop_billed(content)
    with database.write() as db:
        db.execute("DELETE FROM requests WHERE state = 'refused' AND done < ?", (oldest,))
        db.execute("DELETE FROM tokens WHERE created < ?", (oldest,))
    return gone


def _batches(items: Sequence[Item]) -> Iterator[list[Item]]:
    iterator = iter(items)
    while batch := list(islice(iterator, BATCH)):
        yield batch


def _without_use(database: Database, store: Store, now: float) -> Iterator[str]:
    """Yield the requests that have an upload, or a note of what they were billed, and do not need it any more."""
    for content in store.old_uploads(now - UNUSED):
        state = database.rows("SELECT state FROM requests WHERE content = ?", content)
        if not state or state[0]["state"] in (DONE, REFUSED):
            yield content


def house_folder(state: Path) -> Path:
    """Return the folder of the house in a state dir."""
    return state / "house"

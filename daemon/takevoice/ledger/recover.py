"""A new ledger from what can be read of a damaged one; the damaged one is kept under another name.

What was paid for and the hashes that say what was converted matter most: they keep anything from being paid twice.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Collection, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from takevoice.errors import LedgerError
from takevoice.ledger.first_page import FRESH, open_mended
from takevoice.ledger.mending import mend
from takevoice.ledger.opening import log_path
from takevoice.ledger.salvage import Row, Salvaged, Source
from takevoice.ledger.soundness import first_problem
from takevoice.ledger.writer import connect
from takevoice.system import place

NUMBERED = ("jobs", "history", "sends")
KEYED = {
    "files": ("path",),
    "outputs": ("audio_hash", "job", "path"),
    "track_settings": ("track", "key"),
    "requests": ("id",),
    "roots": ("path",),
    "kinds": ("root", "suffix"),
    "dropped": ("audio_hash", "settings_hash"),
}
"""The tables without row numbers, and their keys."""
COVERED = {"outputs": ("outputs_by_job", ("job", "audio_hash", "path"))}
"""Indexes that hold whole rows."""
OF_JOBS = ("history", "sends", "outputs", "requests")
"""The tables whose rows each belong to a job."""


@dataclass
class Recovered:
    """What became of a damaged ledger; `kept` is where it is now."""

    kept: Path
    tables: list[Salvaged] = field(default_factory=list)
    from_indexes: int = 0  # jobs whose entries are lost, but not what they converted
    held: int = 0  # jobs that a person has to decide about, because what was sent for them is lost
    lost_jobs: int = 0  # jobs that were sent, received or published, and of which nothing else is known


def recover(path: Path, kept: Path, used: Collection[int]) -> Recovered:
    """Put a new ledger in the place of the damaged one, which is kept under the name `kept`.

    `used` are numbers that no new job may get. No other process may have the ledger open.

    Raises:
        FileNotFoundError: there is no ledger.
        LedgerError: nothing can be read, or the new ledger cannot be written; the damaged one is as it was.
    """
    if not path.is_file():
        raise FileNotFoundError(path)
    scratch, new = (path.with_name(f".{path.name}.{word}") for word in ("damaged", "new"))
    recovered = Recovered(kept)
    try:
        _remove(scratch, new)
        _copy(path, scratch)
        with closing(connect(new)) as target:
            _fill(recovered, scratch, target, used)
        problem = first_problem(new)
        if problem:
            raise LedgerError(f"the new ledger is not sound: {problem}", where=str(new))
        _copy(path, kept)
        # A log that stayed would be taken for that of the new ledger.
        place.unlink(log_path(path))
        place.unlink(path.with_name(f"{path.name}-shm"))
        place.replace(new, path)
        place.sync_folder(path.parent)
    except OSError as error:
        raise LedgerError(
            f"cannot be written: {error.strerror or error}", where=str(path.parent), hint="free some space there"
        ) from error
    except sqlite3.Error as error:
        raise LedgerError(f"cannot be recovered: {error}", where=str(path), hint="put a backup in its place") from error
    finally:
        _remove(scratch, new)
    return recovered


def _fill(recovered: Recovered, scratch: Path, target: sqlite3.Connection, used: Collection[int]) -> None:
    with closing(open_mended(scratch)) as connection:
        source = Source(connection)
        target.execute("PRAGMA foreign_keys = OFF")
        target.execute("BEGIN")
        for table in (*NUMBERED, *KEYED):
            recovered.tables.append(_fill_table(source, target, table))
        damaged = {each.table for each in recovered.tables if each.gap or each.unreadable}
        if not any(each.rows for each in recovered.tables):
            raise sqlite3.DatabaseError("nothing in it can be read")
        mended = mend(source, target, damaged, used)
        recovered.from_indexes, recovered.held, recovered.lost_jobs = mended
        target.execute("COMMIT")


def _fill_table(source: Source, target: sqlite3.Connection, table: str) -> Salvaged:
    salvaged = Salvaged(table)
    known = [row[1] for row in target.execute(f"PRAGMA table_info({table})")]
    columns = [name for name in source.columns(table) if name in known]
    if not columns:
        salvaged.gap = True
    elif table in NUMBERED:
        for rows in source.numbered(table, columns, salvaged):
            names = ["rowid", *columns] if "id" not in columns else columns
            _insert(target, table, names, rows if "id" not in columns else [row[1:] for row in rows])
    else:
        for rows in source.keyed(table, columns, KEYED[table], salvaged):
            _insert(target, table, columns, rows)
        if salvaged.gap and table in COVERED:
            index, covered = COVERED[table]
            _insert(target, table, covered, source.covered(table, covered, index))
    if table in OF_JOBS:  # SQLite accepts text there, which a flipped bit can make of a number
        salvaged.unreadable += target.execute(f"DELETE FROM {table} WHERE typeof(job) <> 'integer'").rowcount
    salvaged.rows = int(target.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])
    return salvaged


def _insert(target: sqlite3.Connection, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Insert rows; one that the table does not accept is damaged, or there already."""
    marks = ", ".join("?" * len(columns))
    target.executemany(f"INSERT OR IGNORE INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)


def _copy(path: Path, target: Path) -> None:
    """Copy a ledger and its log, byte for byte."""
    for source, copy in ((path, target), (log_path(path), log_path(target))):
        if source.exists():
            shutil.copyfile(source, copy)
            with place.open_file(copy, "r+b") as file:
                place.sync(file)


def _remove(*paths: Path) -> None:
    for path in paths:
        for suffix in ("", "-wal", "-shm", "-journal", FRESH):
            place.remove(path.with_name(f"{path.name}{suffix}"))

"""The first page of a damaged ledger: its header, and the list of its tables. Both can be taken from a new ledger.

Every ledger went through the same migrations, so the list is always the same; only where the tables begin may differ
(sqlite.org/fileformat2.html, "The Database Header" and "Storage Of The SQL Database Schema").
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from takevoice.ledger.schema import MIGRATIONS
from takevoice.ledger.writer import connect
from takevoice.system import place

FRESH = ".fresh"  # the ending of the new ledger's name
_HEADER = 100  # bytes
_SCHEMA = "SELECT rowid, type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid"


def open_mended(scratch: Path) -> sqlite3.Connection:
    """Open a copy of a damaged ledger, with as much of its first page replaced as is needed to find its tables.

    Raises:
        sqlite3.Error: it cannot be opened.
    """
    repairs: tuple[Callable[[Path], None], ...] = (_keep, _replace_header, _replace_names, _replace_page)
    for repair in repairs:
        repair(scratch)
        connection = _open(scratch)
        if _lists_all_tables(connection):
            return connection
        connection.close()
    return _open(scratch)


def _open(scratch: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(scratch, isolation_level=None)
    connection.execute("PRAGMA writable_schema = ON")  # tolerates what is wrong with the list
    return connection


def _lists_all_tables(connection: sqlite3.Connection) -> bool:
    try:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        return list(map(tuple, connection.execute(_SCHEMA))) == _schema_of(version)
    except sqlite3.Error:
        return False


def _schema_of(version: int) -> list[tuple[object, ...]]:
    """Return the list of tables of a ledger of that version."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as made:
        for script in MIGRATIONS[:version]:
            made.executescript(script)
        return list(made.execute(_SCHEMA))


def _keep(_scratch: Path) -> None:
    """Change nothing yet."""


def _replace_header(scratch: Path) -> None:
    page = _fresh_page(scratch)
    with place.open_file(scratch, "r+b") as file:
        file.write(page[:_HEADER])


def _replace_names(scratch: Path) -> None:
    """Write what the list says of each table and index again, but where they begin."""
    with closing(_open(scratch)) as connection:
        try:
            for number, *texts in _schema_of(len(MIGRATIONS)):
                sql = "UPDATE sqlite_schema SET type = ?, name = ?, tbl_name = ?, sql = ? WHERE rowid = ?"
                connection.execute(sql, (*texts, number))
        except sqlite3.Error:
            return


def _replace_page(scratch: Path) -> None:
    page = _fresh_page(scratch)
    with place.open_file(scratch, "r+b") as file:
        file.write(page)


def _fresh_page(scratch: Path) -> bytes:
    """Return the first page of a new ledger, with the size of this one."""
    fresh = scratch.with_name(f"{scratch.name}{FRESH}")
    connect(fresh).close()
    octets = bytearray(fresh.read_bytes())
    page = int.from_bytes(octets[16:18], "big")
    octets[28:32] = (scratch.stat().st_size // page).to_bytes(4, "big")  # the size in pages,
    octets[92:96] = octets[24:28]  # which is valid for this change counter
    octets[32:40] = bytes(8)  # no free pages
    return bytes(octets[:page])

"""Reading what can still be read of a damaged ledger, table by table.

The command-line shell of SQLite has `.recover` (sqlite.org/recovery.html), Python has not. This works one level above it:
ranges of row numbers are halved until only what cannot be read is left out, tables without row numbers are read from both
ends, and indexes give back columns of rows that are lost.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

CHUNK = 1000  # row numbers that are read at once
MAX_EMPTY = 10  # chunks without any row after which the end is assumed, where it is unknown
MAX_NUMBER = 10**8  # a row number above it is damage
Row = tuple[Any, ...]


@dataclass
class Salvaged:
    """What was read of one table: `unreadable` counts row numbers that cannot be read, `gap`: some rows may be missing."""

    table: str
    rows: int = 0
    unreadable: int = 0
    gap: bool = False


class Source:
    """A damaged ledger, open for reading."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        connection.row_factory = None
        connection.text_factory = lambda octets: octets.decode("utf-8", "replace")
        # Also reads a file that is shorter than its header says (sqlite.org/pragma.html#pragma_writable_schema).
        connection.execute("PRAGMA writable_schema = ON")
        self._connection = connection

    def columns(self, table: str) -> list[str]:
        """Return the names of a table's columns; none when the table is missing or cannot be read."""
        try:
            return [row[1] for row in self._connection.execute(f"PRAGMA table_info({table})")]
        except sqlite3.Error:
            return []

    def numbered(self, table: str, columns: Sequence[str], salvaged: Salvaged) -> Iterator[list[Row]]:
        """Yield the rows of a table that has row numbers, in chunks, with the row number before the columns."""
        last = self._last(table)
        sql = f"SELECT rowid, {', '.join(columns)} FROM {table} WHERE rowid BETWEEN ? AND ?"
        begin, empty = 1, 0
        while begin <= last if last is not None else empty < MAX_EMPTY:
            end = begin + CHUNK - 1 if last is None else min(last, begin + CHUNK - 1)
            unreadable = salvaged.unreadable
            rows = self._range(sql, begin, end, salvaged)
            if last is None:
                salvaged.unreadable = unreadable  # beyond the unknown end, everything is unreadable
                salvaged.gap = True
            empty = 0 if rows else empty + 1
            if rows:
                yield rows
            begin = end + 1

    def keyed(self, table: str, columns: Sequence[str], key: Sequence[str], salvaged: Salvaged) -> Iterator[list[Row]]:
        """Yield the rows of a table without row numbers, from its beginning, and after damage from its end."""
        for order in ("ASC", "DESC"):
            by = ", ".join(f"{name} {order}" for name in key)
            rows, whole = self._until_damage(f"SELECT {', '.join(columns)} FROM {table} ORDER BY {by}")
            yield rows
            if whole:
                return
            salvaged.gap = True

    def covered(self, table: str, columns: Sequence[str], index: str) -> list[Row]:
        """Return columns that an index holds, whatever became of the table."""
        rows: list[Row] = []
        for order in ("ASC", "DESC"):
            sql = f"SELECT {', '.join(columns)} FROM {table} INDEXED BY {index} ORDER BY {columns[0]} {order}"
            more, whole = self._until_damage(sql)
            rows += more
            if whole:
                break
        return rows

    def _range(self, sql: str, begin: int, end: int, salvaged: Salvaged) -> list[Row]:
        try:
            return self._connection.execute(sql, (begin, end)).fetchall()
        except sqlite3.Error:
            if begin == end:
                salvaged.unreadable += 1
                return []
        middle = (begin + end) // 2
        return self._range(sql, begin, middle, salvaged) + self._range(sql, middle + 1, end, salvaged)

    def _until_damage(self, sql: str) -> tuple[list[Row], bool]:
        """Return the rows before the first that cannot be read, and whether these are all."""
        rows: list[Row] = []
        try:
            for row in self._connection.execute(sql):
                rows.append(row)  # noqa: PERF402 - those before an error are kept
        except sqlite3.Error:
            return rows, False
        return rows, True

    def _last(self, table: str) -> int | None:
        """Return the highest row number; None when it is unknown."""
        candidates = [f"SELECT MAX(rowid) FROM {table}", f"SELECT seq FROM sqlite_sequence WHERE name = '{table}'"]
        found = [number for number in self._values(candidates) if number < MAX_NUMBER]
        return max(found) if found else None

    def _values(self, queries: Iterable[str]) -> Iterator[int]:
        for sql in queries:
            try:
                row = self._connection.execute(sql).fetchone()
            except sqlite3.Error:
                continue
            yield int(row[0] or 0) if row else 0

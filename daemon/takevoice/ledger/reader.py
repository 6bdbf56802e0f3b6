"""A read-only connection to the ledger: quick to open, and never in the way of the writer (WAL)."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from takevoice.errors import LedgerError
from takevoice.ledger.filters import prepare
from takevoice.ledger.opening import connect, open_existing, unreadable
from takevoice.ledger.schema import MIGRATIONS, migrate, schema_version

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")


class Writing(Protocol):
    """Runs writes in transactions: `writer.Writer`, or `ReadOnly`."""

    def run(self, write: Callable[[sqlite3.Connection], T], *, durable: bool = True) -> T:
        """Run `write` in a transaction and return its result once that is committed.

        With `durable`, it is on the disk by then. Without, it survives the end of the process all the same, but a power cut
        may take it back; it is never on the disk later than what is written after it.
        """

    def submit(self, write: Callable[[sqlite3.Connection], T], *, durable: bool = True) -> Future[T]:
        """Do the same without waiting."""


class ReadOnly:
    """Stands in for the writer in a ledger that is open for reading."""

    def run(self, write: Callable[[sqlite3.Connection], T], *, durable: bool = True) -> T:  # noqa: ARG002
        """Raise LedgerError."""
        raise LedgerError("this ledger is open for reading only")

    def submit(self, write: Callable[[sqlite3.Connection], T], *, durable: bool = True) -> Future[T]:  # noqa: ARG002
        """Raise LedgerError."""
        raise LedgerError("this ledger is open for reading only")


class Reader:
    """Runs queries on the ledger at `path`; usable from several threads."""

    def __init__(self, path: Path) -> None:
        """Raises LedgerError when the file is not a ledger, FileNotFoundError when it is missing."""
        if not path.is_file():
            raise FileNotFoundError(path)
        self._path = str(path)
        try:
            self._use(open_existing(path))
            self._connection.execute("SELECT 1 FROM jobs LIMIT 1")
            outdated = schema_version(self._connection) < len(MIGRATIONS)
        except sqlite3.Error as error:
            raise unreadable(self._path, error) from error
        if outdated:
            # takevoice was updated, and nothing has written to the ledger since.
            from takevoice.ledger import writer

            writer.connect(path).close()

    @classmethod
    def empty(cls) -> Reader:
        """Return a reader of a ledger without any jobs, in memory."""
        reader = cls.__new__(cls)
        reader._path = "the empty ledger"
        reader._use(connect(":memory:"))
        migrate(reader._connection)
        return reader

    def _use(self, connection: sqlite3.Connection) -> None:
        self._lock = threading.Lock()
        self._connection = connection
        self._connection.row_factory = sqlite3.Row
        prepare(connection)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """Return the rows of a query; raises LedgerError when the ledger cannot be read."""
        try:
            with self._lock:
                return self._connection.execute(sql, values).fetchall()
        except (sqlite3.Error, OverflowError) as error:
            raise unreadable(self._path, error) from error

    def tuples(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query as plain tuples, which is quicker where there are very many; raises LedgerError."""
        try:
            with self._lock:
                cursor = self._connection.cursor()
                cursor.row_factory = None
                return cursor.execute(sql, values).fetchall()
        except (sqlite3.Error, OverflowError) as error:
            raise unreadable(self._path, error) from error

    def value(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """Return the first column of the first row; None when there is no row."""
        rows = self.rows(sql, values)
        return rows[0][0] if rows else None

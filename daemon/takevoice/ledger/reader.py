"""A read-only connection to the ledger: quick to open, and never in the way of the writer (WAL)."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from takevoice.errors import LedgerError
from takevoice.ledger.schema import MIGRATIONS, migrate, schema_version

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")


class Writing(Protocol):
    """Runs writes in transactions: `writer.Writer`, or `ReadOnly`."""

    def run(self, write: Callable[[sqlite3.Connection], T]) -> T:
        """Run `write` in a transaction and return its result once that is committed."""

    def submit(self, write: Callable[[sqlite3.Connection], T]) -> Future[T]:
        """Do the same without waiting."""


class ReadOnly:
    """Stands in for the writer in a ledger that is open for reading."""

    def run(self, write: Callable[[sqlite3.Connection], T]) -> T:  # noqa: ARG002
        """Raise LedgerError."""
        raise LedgerError("this ledger is open for reading only")

    def submit(self, write: Callable[[sqlite3.Connection], T]) -> Future[T]:  # noqa: ARG002
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
            raise self._unreadable(error) from error
        if outdated:
            # takevoice was updated, and nothing has written to the ledger since.
            from takevoice.ledger.writer import connect

            connect(path).close()

    @classmethod
    def empty(cls) -> Reader:
        """Return a reader of a ledger without any jobs, in memory."""
        reader = cls.__new__(cls)
        reader._path = "the empty ledger"
        reader._use(_connect(":memory:"))
        migrate(reader._connection)
        return reader

    def _use(self, connection: sqlite3.Connection) -> None:
        self._lock = threading.Lock()
        self._connection = connection
        self._connection.row_factory = sqlite3.Row

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
            raise self._unreadable(error) from error

    def value(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """Return the first column of the first row; None when there is no row."""
        rows = self.rows(sql, values)
        return rows[0][0] if rows else None

    def _unreadable(self, error: Exception) -> LedgerError:
        return LedgerError(f"cannot be read: {error}", where=self._path, hint="run `takevoice doctor`")


def open_existing(path: Path, *, untouched: bool = False) -> sqlite3.Connection:
    """Open a ledger that is there, for queries only; raises sqlite3.Error.

    The last connection that closes takes the write-ahead log into the file and removes it (sqlite.org/wal.html). One that
    is opened with mode=ro cannot do that, and leaves an empty log where there was none; so this one may write, but only
    SQLite itself does. With `untouched` it is mode=ro. Where nothing can be written, and there is no log, the file is read
    as it is.
    """
    for mode in ("ro",) if untouched else ("rw", "ro"):
        try:
            return _opened(path, f"mode={mode}")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
                raise
            refused = error
    if log_path(path).exists():
        raise refused
    return _opened(path, "immutable=1")


def log_path(path: Path) -> Path:
    """Return the name that SQLite gives to the write-ahead log of a ledger."""
    return path.with_name(f"{path.name}-wal")


def _opened(path: Path, how: str) -> sqlite3.Connection:
    connection = _connect(f"{path.absolute().as_uri()}?{how}")  # the URI form needs ? and # escaped
    try:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _connect(address: str) -> sqlite3.Connection:
    return sqlite3.connect(address, uri=True, check_same_thread=False, timeout=10, isolation_level=None)

"""Opening a ledger that is there, for queries only."""

from __future__ import annotations

import os
import sqlite3

from takevoice.errors import LedgerError
from takevoice.lazy import TYPE_CHECKING
from takevoice.system.file_uri import file_uri

_LOG = "-wal"

if TYPE_CHECKING:
    from pathlib import Path


def log_path(path: Path) -> Path:
    """Return the name that SQLite gives to the write-ahead log of a ledger."""
    return path.with_name(f"{path.name}{_LOG}")


def open_existing(path: str | os.PathLike[str], *, untouched: bool = False) -> sqlite3.Connection:
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
    if os.path.exists(os.fspath(path) + _LOG):  # noqa: PTH110 - quick commands load no pathlib
        raise refused
    return _opened(path, "immutable=1")


def connect(address: str) -> sqlite3.Connection:
    """Open a database by its URI."""
    return sqlite3.connect(address, uri=True, check_same_thread=False, timeout=10, isolation_level=None)


def unreadable(path: str | os.PathLike[str], error: Exception) -> LedgerError:
    """Return the error to raise for a ledger that SQLite refuses to read."""
    return LedgerError(f"cannot be read: {error}", where=os.fspath(path), hint="run `takevoice doctor`")


def _opened(path: str | os.PathLike[str], how: str) -> sqlite3.Connection:
    connection = connect(f"{file_uri(os.path.abspath(path))}?{how}")  # noqa: PTH100
    try:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1")
    except sqlite3.Error:
        connection.close()
        raise
    return connection

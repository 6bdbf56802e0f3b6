"""A lock that one process at a time can hold; the system releases it when the process ends, however it ends."""

from __future__ import annotations

import os
import sqlite3

from takevoice.errors import ConfigError, LedgerError

PATIENCE = 0.5  # seconds: another process may be looking whether it is locked


class ProcessLock:
    """An exclusive lock on a small SQLite file, the same on every system."""

    def __init__(self, path: str | os.PathLike[str], patience: float = PATIENCE) -> None:
        """Wait up to `patience` seconds for the lock.

        Raises:
            ConfigError: another process holds it.
            LedgerError: the file cannot be used.
        """
        folder = os.path.dirname(path)  # noqa: PTH120 - `takevoice jobs` loads no pathlib
        try:
            os.makedirs(folder, exist_ok=True)  # noqa: PTH103
            self._connection = sqlite3.connect(path, isolation_level=None, timeout=patience)
        except (OSError, sqlite3.Error) as error:
            raise _unusable(path, error) from error
        try:
            self._connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            self._connection.close()
            if getattr(error, "sqlite_errorcode", 0) & 0xFF not in (
                sqlite3.SQLITE_BUSY,
                sqlite3.SQLITE_LOCKED,
            ):
                raise _unusable(path, error) from error
            raise ConfigError(
                "another takevoice is using this state dir",
                where=os.path.dirname(folder),  # noqa: PTH120
                hint="a running `takevoice run` watches more folders when they are added to its config, as [[watch]] tables; "
                "else stop it first",
            ) from None

    def release(self) -> None:
        """Release the lock."""
        self._connection.close()


def is_locked(path: str | os.PathLike[str], patience: float = PATIENCE) -> bool:
    """Return True while some process holds the lock, for `patience` seconds at least, and when that is unknown."""
    if not os.path.exists(path):  # noqa: PTH110
        return False
    try:
        ProcessLock(path, patience).release()
    except (ConfigError, LedgerError):
        return True
    return False


def _unusable(path: str | os.PathLike[str], error: Exception) -> LedgerError:
    return LedgerError(
        f"cannot be used: {error}", where=os.fspath(path), hint="give another state dir with --state DIR"
    )

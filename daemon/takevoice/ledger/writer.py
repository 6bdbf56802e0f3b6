"""One thread commits all writes: those that wait at the same time share a transaction, and one fsync."""

from __future__ import annotations

import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from takevoice.errors import LedgerError
from takevoice.ledger.schema import migrate
from takevoice.system.private import private_file, private_folder

T = TypeVar("T")

MAX_GROUP = 200  # writes in one transaction
PATIENCE = 10  # seconds to wait for other processes


def connect(path: Path) -> sqlite3.Connection:
    """Open the ledger for writing, created or migrated where needed: WAL, synchronous FULL.

    Raises:
        LedgerError: the file is not a ledger, or cannot be opened.
    """
    try:
        private_folder(path.parent)
        private_file(path)  # SQLite makes the files next to it with the same rights
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=PATIENCE)
        connection.row_factory = sqlite3.Row
        _use_wal(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        migrate(connection)
    except (sqlite3.Error, OSError) as error:
        raise LedgerError(
            f"cannot be opened: {error}",
            where=str(path),
            hint="run `takevoice doctor`, or move the state with --state",
        ) from error
    return connection


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to WAL. SQLite does not wait for its lock here, as it does elsewhere."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
        time.sleep(0.02)


@dataclass(frozen=True)
class _Write:
    """A write that waits for its turn."""

    do: Callable[[sqlite3.Connection], Any]
    durable: bool
    future: Future[Any] = field(default_factory=Future)


class Writer:
    """Runs writes on its own connection, in groups; each caller waits until its write is on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection = connect(path)
        self._writes: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
        self._synchronous = "FULL"  # as `connect` left it
        self._thread = threading.Thread(target=self._work, name="ledger", daemon=True)
        self._thread.start()

    def run(self, write: Callable[[sqlite3.Connection], T], *, durable: bool = True) -> T:
        """Runs `write` in a transaction and returns its result once that is committed; see `reader.Writing`.

        Raises:
            LedgerError: it could not be stored; nothing of it was.
        """
        return self.submit(write, durable=durable).result()

    def submit(self, write: Callable[[sqlite3.Connection], T], *, durable: bool = True) -> Future[T]:
        """The same without waiting; writes are done in the order in which they were submitted."""
        waiting = _Write(write, durable)
        self._writes.put(waiting)
        return waiting.future

    def close(self) -> None:
        """Commits what is waiting and closes the file."""
        self._writes.put(None)
        self._thread.join()
        self._connection.close()

    def _work(self) -> None:
        open_ = True
        while open_:
            group: list[_Write] = []
            item = self._writes.get()
            while item is not None:
                group.append(item)
                if len(group) >= MAX_GROUP or self._writes.empty():
                    break
                item = self._writes.get()
            open_ = item is not None
            if group:
                self._commit(group)

    def _commit(self, group: list[_Write]) -> None:
        """All writes of the group in one transaction; one that fails is taken back alone."""
        answers: list[tuple[Future[Any], Any, BaseException | None]] = []
        connection = self._connection
        try:
            self._synchronize(durable=any(write.durable for write in group))
            connection.execute("BEGIN IMMEDIATE")
            for write in group:
                connection.execute("SAVEPOINT one")
                try:
                    answers.append((write.future, write.do(connection), None))
                except Exception as error:
                    connection.execute("ROLLBACK TO one")
                    # A full disk can be noticed here, or at the commit.
                    answers.append((write.future, None, self._failure(error) if isinstance(error, sqlite3.Error) else error))
                connection.execute("RELEASE one")
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            failure = self._failure(error)
            answers = [(write.future, None, failure) for write in group]
        for future, result, problem in answers:
            if problem is not None:
                future.set_exception(problem)
            else:
                future.set_result(result)

    def _failure(self, error: sqlite3.Error) -> LedgerError:
        return LedgerError(f"cannot be written: {error}", where=str(self.path), hint=_advice(error))

    def _synchronize(self, *, durable: bool) -> None:
        """Have the next commit wait for the disk, or not: then the next one that does takes it along (sqlite.org/pragma.html)."""
        wanted = "FULL" if durable else "NORMAL"
        if wanted != self._synchronous:
            self._connection.execute(f"PRAGMA synchronous = {wanted}")
            self._synchronous = wanted


def _advice(error: sqlite3.Error) -> str:
    """Return what helps against an error of SQLite."""
    code = getattr(error, "sqlite_errorcode", None)  # what the module itself raises has none
    damaged = code is not None and code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
    return "`takevoice ledger check` says what is wrong with it" if damaged else "free some space there, or move the state with --state"

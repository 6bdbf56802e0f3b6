"""A table of changes on disk before the next step begins, those that wait together in one commit: a part of `floor.py`."""

from __future__ import annotations

import queue
import sqlite3
import threading
import time
from concurrent.futures import Future
from pathlib import Path

Row = tuple[str, str, float]


class GroupCommit:
    """SQLite in WAL mode, synchronous FULL, written by one thread."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("CREATE TABLE history (take, state, at)")
        self._rows: queue.SimpleQueue[tuple[Row, Future[None]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write)
        self._thread.start()

    def note(self, take: str, state: str) -> None:
        """Return when the change is on disk."""
        stored: Future[None] = Future()
        self._rows.put(((take, state, time.time()), stored))
        stored.result()

    def close(self) -> None:
        """Stop the thread and close the file."""
        self._rows.put(None)
        self._thread.join()
        self._connection.close()

    def _write(self) -> None:
        while (first := self._rows.get()) is not None:
            group = [first]
            while not self._rows.empty() and (other := self._rows.get()) is not None:
                group.append(other)
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany("INSERT INTO history VALUES (?, ?, ?)", [row for row, _ in group])
            self._connection.execute("COMMIT")
            for _, stored in group:
                stored.set_result(None)

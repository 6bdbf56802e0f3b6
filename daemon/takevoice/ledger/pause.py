"""Whether conversions are paused: kept, so that a restart does not end a pause."""

from __future__ import annotations

import sqlite3
import time

from takevoice.ledger.reader import Reader, Writing


class Pause:
    """The pause of this ledger's takes, if there is one."""

    def __init__(self, reader: Reader, writer: Writing) -> None:
        self._reader, self._writer = reader, writer

    def since(self) -> float | None:
        """Return since when conversions are paused (Unix time); None: they are not."""
        return next((float(row["since"]) for row in self._reader.rows("SELECT since FROM pause", ())), None)

    def ended(self) -> float:
        """Return when a person last had conversions started again, paused or not (Unix time); 0: never."""
        return float(self._reader.value("SELECT at FROM resumed", ()) or 0.0)

    def begin(self) -> None:
        """Pause; a pause that has begun already keeps its time."""
        now = time.time()

        def write(connection: sqlite3.Connection) -> None:
            connection.execute("INSERT OR IGNORE INTO pause VALUES (1, ?)", (now,))

        self._writer.run(write)

    def end(self) -> None:
        """End the pause, if there is one, and note when."""
        now = time.time()

        def write(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM pause")
            connection.execute("INSERT OR REPLACE INTO resumed VALUES (1, ?)", (now,))

        self._writer.run(write)

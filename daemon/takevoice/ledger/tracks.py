"""Settings of tracks that were set over OSC, and are kept."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from takevoice.ledger.reader import Reader, Writing
from takevoice.ledger.rows import text_to_db


class Tracks:
    """The table of track settings; values are plain JSON values."""

    def __init__(self, reader: Reader, writer: Writing) -> None:
        self._reader, self._writer = reader, writer

    def settings(self, track: str) -> dict[str, Any]:
        """Return what was set for a track, by key."""
        sql = "SELECT key, value FROM track_settings WHERE track = ? ORDER BY key"
        rows = self._reader.rows(sql, (text_to_db(track),))
        return {row["key"]: json.loads(row["value"]) for row in rows}

    def names(self) -> set[str]:
        """Return the tracks that jobs have, and those that something was set for."""
        sql = "SELECT track FROM jobs WHERE track <> '' UNION SELECT track FROM track_settings"
        return {str(row["track"]) for row in self._reader.rows(sql, ())}

    def set(self, track: str, key: str, value: Any | None) -> None:
        """Set one setting of a track; None removes it. A power cut may take back what was set in the moment before it: a fader
        sends a hundred values a second, which would wait for the disk one by one."""
        track = text_to_db(track)

        def write(connection: sqlite3.Connection) -> None:
            if value is None:
                connection.execute("DELETE FROM track_settings WHERE track = ? AND key = ?", (track, key))
            else:
                row = (track, key, json.dumps(value))
                connection.execute("INSERT OR REPLACE INTO track_settings VALUES (?,?,?)", row)

        self._writer.run(write, durable=False)

"""Watched folders: on which volumes they were, and which of their files are older than the watch."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from takevoice.ledger.reader import Reader, Writing
from takevoice.ledger.rows import path_from_db, path_to_db
from takevoice.system.fileid import FileVersion


class KnownRoot(NamedTuple):
    """A watched folder: the volume it was last on (empty: unknown), and since when it is watched (Unix time)."""

    volume: str
    since: float
    looked: bool  # the files that its first look saw are recorded; False: that was by an older version


class OldFile(NamedTuple):
    """A file that a first look saw."""

    path: str
    version: FileVersion
    reason: str  # the error code of its job
    suffix: str = ""  # the kind of files that the look was the first for; empty: all kinds


class Roots:
    """The tables of watched folders, of their volumes, and of the files that first looks saw."""

    def __init__(self, reader: Reader, writer: Writing) -> None:
        self._reader, self._writer = reader, writer

    def get(self, root: Path) -> KnownRoot | None:
        """Return what is known of a watched folder."""
        sql = "SELECT volume, since, looked FROM roots WHERE path = ?"
        for row in self._reader.rows(sql, (path_to_db(root),)):
            return KnownRoot(row["volume"], row["since"], bool(row["looked"]))
        return None

    def paths(self) -> Sequence[Path]:
        """Return all folders that were watched."""
        paths = (path_from_db(row["path"]) for row in self._reader.rows("SELECT path FROM roots", ()))
        return [path for path in paths if path is not None]

    def volumes(self, root: Path) -> set[str]:
        """Return every volume that a watched folder has been on."""
        sql = "SELECT volume FROM volumes WHERE root = ?"
        return {row["volume"] for row in self._reader.rows(sql, (path_to_db(root),))}

    def record_look(self, root: Path, volume: str, since: float, old: Iterable[OldFile], kinds: Iterable[str]) -> None:
        """Note a look at a folder, in one transaction: its volume, and the files that are older than the watch.

        `since`: when it was (Unix time); what was noted first stays. `kinds`: the suffixes that were looked for.
        """
        key = path_to_db(root)
        files = [(path_to_db(Path(each.path)), key, *each.version, each.reason, each.suffix) for each in old]
        rows = [(key, suffix, since) for suffix in kinds]

        def write(connection: sqlite3.Connection) -> None:
            connection.execute(
                """INSERT INTO roots (path, volume, since, looked) VALUES (?,?,?,1)
                   ON CONFLICT (path) DO UPDATE SET volume = excluded.volume, looked = 1""",
                (key, volume, since),
            )
            if volume:
                connection.execute("INSERT OR IGNORE INTO volumes VALUES (?,?)", (key, volume))
            connection.executemany("INSERT OR REPLACE INTO first_looks VALUES (?,?,?,?,?,?,?)", files)
            connection.executemany("INSERT OR IGNORE INTO kinds VALUES (?,?,?)", rows)

        self._writer.run(write)

    def old_file(self, root: Path, path: Path, version: FileVersion) -> OldFile | None:
        """Return what a first look saw of a file, under this name or another one; None: it came later, or has changed."""
        sql = """SELECT path, size, mtime_ns, inode, reason, suffix FROM first_looks
                 WHERE path = ? OR (inode = ? AND size = ? AND mtime_ns = ? AND inode <> 0 AND root = ?)"""
        values = (path_to_db(path), version.inode, version.size, version.mtime_ns, path_to_db(root))
        for name, size, mtime_ns, inode, reason, suffix in self._reader.rows(sql, values):
            seen = FileVersion(size, mtime_ns, inode)
            if seen.is_same(version, after_mount=True):
                return OldFile(name, seen, reason, suffix)
        return None

    def kinds(self, root: Path) -> dict[str, float]:
        """Return the suffixes that were looked for in a watched folder, each with since when (Unix time)."""
        sql = "SELECT suffix, since FROM kinds WHERE root = ?"
        return {row["suffix"]: row["since"] for row in self._reader.rows(sql, (path_to_db(root),))}

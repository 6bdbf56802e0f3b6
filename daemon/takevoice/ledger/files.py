"""Files and watched folders: the version of each file that was last dealt with, and where the folders were."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import NamedTuple

from takevoice.jobs import Disposition
from takevoice.ledger.reader import Reader, Writing
from takevoice.ledger.rows import path_to_db
from takevoice.system.fileid import FileVersion


class KnownFile(NamedTuple):
    """What was last decided about a file, and about which version of it."""

    version: FileVersion
    disposition: Disposition
    job: int | None


class KnownRoot(NamedTuple):
    """A watched folder: the volume it was last on (empty: unknown), and since when it is watched (Unix time)."""

    volume: str
    since: float


class Files:
    """The tables of files and of watched folders."""

    def __init__(self, reader: Reader, writer: Writing) -> None:
        self._reader, self._writer = reader, writer

    def known(self, path: Path) -> KnownFile | None:
        """Return what was last decided about one file."""
        for row in self._reader.rows("SELECT * FROM files WHERE path = ?", (path_to_db(path),)):
            version = FileVersion(row["size"], row["mtime_ns"], row["inode"])
            return KnownFile(version, Disposition(row["verdict"]), row["job"])
        return None

    def record(self, path: Path, version: FileVersion, disposition: Disposition, job: int | None) -> None:
        """Note that a version of a file has been dealt with."""
        self._writer.run(lambda connection: record_file(connection, path, version, disposition, job))

    def delete_rejected(self) -> None:
        """Forget the rejected files, so that they are looked at again: what rejected them may have changed."""
        sql = "DELETE FROM files WHERE verdict = ?"
        self._writer.run(lambda connection: connection.execute(sql, (Disposition.REJECTED.value,)))

    def has_any_below(self, folder: Path) -> bool:
        """Return True when some file below the folder was dealt with before."""
        begin = f"{folder}{os.sep}"
        end = begin[:-1] + chr(ord(os.sep) + 1)
        ranges = [(os.fsencode(begin), os.fsencode(end))]  # paths that are no Unicode are stored as bytes
        texts = [(begin, end)] if isinstance(path_to_db(folder), str) else []
        sql = "SELECT 1 FROM files WHERE path >= ? AND path < ? LIMIT 1"
        return any(self._reader.rows(sql, each) for each in [*texts, *ranges])

    def has_any_of(self, files: Iterable[tuple[Path, FileVersion]], not_held_as: Collection[str]) -> bool:
        """Return True when one of the files was dealt with in this version, and is not held with one of these codes."""
        for path, now in files:
            known = self.known(path)
            if known is None or not known.version.is_same(now, after_mount=True):
                continue
            if not self._is_held(known.job, not_held_as):
                return True
        return False

    def _is_held(self, job_id: int | None, codes: Collection[str]) -> bool:
        marks = ",".join("?" * len(codes))
        sql = f"SELECT 1 FROM jobs WHERE id = ? AND state = 'held' AND error_code IN ({marks})"
        return job_id is not None and bool(self._reader.rows(sql, (job_id, *codes)))

    def root(self, path: Path) -> KnownRoot | None:
        """Return what is known of a watched folder."""
        for row in self._reader.rows("SELECT volume, since FROM roots WHERE path = ?", (path_to_db(path),)):
            return KnownRoot(row["volume"], row["since"])
        return None

    def record_root(self, root: Path, volume: str, since: float) -> None:
        """Note which volume a watched folder is on; `since` when it is watched (Unix time) stays as it was first."""
        row = (path_to_db(root), volume, since)
        sql = """INSERT INTO roots (path, volume, since) VALUES (?,?,?)
                 ON CONFLICT (path) DO UPDATE SET volume = excluded.volume"""
        self._writer.run(lambda connection: connection.execute(sql, row))

    def kind_since(self, root: Path, suffix: str) -> float | None:
        """Return since when files with this suffix are converted in a watched folder (Unix time); None: always."""
        sql = "SELECT since FROM kinds WHERE root = ? AND suffix = ?"
        return next((row["since"] for row in self._reader.rows(sql, (path_to_db(root), suffix))), None)

    def record_kinds(self, root: Path, suffixes: Iterable[str], since: float) -> None:
        """Note since when files with these suffixes are converted in a watched folder; what was noted first stays."""
        rows = [(path_to_db(root), suffix, since) for suffix in suffixes]
        sql = "INSERT OR IGNORE INTO kinds VALUES (?,?,?)"
        self._writer.run(lambda connection: connection.executemany(sql, rows))


def record_file(
    connection: sqlite3.Connection,
    path: Path,
    version: FileVersion,
    disposition: Disposition,
    job: int | None,
) -> None:
    """Note, in a transaction, that a version of a file has been dealt with."""
    row = (path_to_db(path), *version, disposition.value, job)
    connection.execute("INSERT OR REPLACE INTO files VALUES (?,?,?,?,?,?)", row)

"""Files of watched folders: the version of each that was last dealt with."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import NamedTuple

from takevoice.jobs import Disposition
from takevoice.ledger.reader import Reader, Writing
from takevoice.ledger.rows import path_to_db
from takevoice.system.fileid import FileVersion, Stored


class KnownFile(NamedTuple):
    """What was last decided about a file, and about which version of it."""

    version: FileVersion
    disposition: Disposition
    job: int | None


class Files:
    """The table of files."""

    def __init__(self, reader: Reader, writer: Writing) -> None:
        self._reader, self._writer = reader, writer

    def known(self, path: Path) -> KnownFile | None:
        """Return what was last decided about one file."""
        for row in self._reader.rows("SELECT * FROM files WHERE path = ?", (path_to_db(path),)):
            version = FileVersion(row["size"], row["mtime_ns"], row["inode"])
            return KnownFile(version, Disposition(row["verdict"]), row["job"])
        return None

    def known_below(self, folder: Path) -> dict[str, Stored]:
        """Return the version of each file below the folder that was last dealt with, by its path."""
        sql = "SELECT path, size, mtime_ns, inode FROM files WHERE path >= ? AND path < ?"
        rows = [row for each in _ranges(folder) for row in self._reader.tuples(sql, each)]
        return {
            path if isinstance(path, str) else os.fsdecode(path): (size, mtime_ns, inode)
            for path, size, mtime_ns, inode in rows
        }

    def result_sizes(self) -> frozenset[int]:
        """Return the sizes of all results, in bytes: a file of another size is no copy of one."""
        sql = "SELECT DISTINCT size FROM files WHERE verdict = ?"
        return frozenset(row["size"] for row in self._reader.rows(sql, (Disposition.OWN_RESULT.value,)))

    def record(self, path: Path, version: FileVersion, disposition: Disposition, job: int | None) -> None:
        """Note that a version of a file has been dealt with."""
        self._writer.run(lambda connection: record_file(connection, path, version, disposition, job))

    def forget(self, path: Path) -> None:
        """Forget that a file has been dealt with: it is not there any more."""
        self._writer.run(lambda connection: delete_file(connection, path))

    def delete_rejected(self) -> None:
        """Forget the rejected files, so that they are looked at again: what rejected them may have changed."""
        sql = "DELETE FROM files WHERE verdict = ?"
        self._writer.run(lambda connection: connection.execute(sql, (Disposition.REJECTED.value,)))

    def has_any_below(self, folder: Path) -> bool:
        """Return True when some file below the folder was dealt with before."""
        sql = "SELECT 1 FROM files WHERE path >= ? AND path < ? LIMIT 1"
        return any(self._reader.rows(sql, each) for each in _ranges(folder))

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


def record_file(
    connection: sqlite3.Connection,
    path: Path,
    version: FileVersion,
    disposition: Disposition,
    job: int | None,
) -> None:
    """Note, in a transaction, that a version of a file has been dealt with.

    A result that is seen again, in the very version that its job wrote, stays known as that job's.
    """
    row = (path_to_db(path), *version, disposition.value, job)
    sql = """INSERT INTO files VALUES (?,?,?,?,?,?) ON CONFLICT (path) DO UPDATE SET
             job = CASE WHEN excluded.job IS NULL AND verdict = 'ours' AND excluded.verdict = 'ours' AND size = excluded.size
                   AND mtime_ns = excluded.mtime_ns AND inode = excluded.inode THEN files.job ELSE excluded.job END,
             size = excluded.size, mtime_ns = excluded.mtime_ns, inode = excluded.inode, verdict = excluded.verdict"""
    connection.execute(sql, row)


def delete_file(connection: sqlite3.Connection, path: Path) -> None:
    """Forget, in a transaction, that a file has been dealt with."""
    connection.execute("DELETE FROM files WHERE path = ?", (path_to_db(path),))


def _ranges(folder: Path) -> list[tuple[str, str] | tuple[bytes, bytes]]:
    """Return the ranges of the paths of files below a folder: as text, and as bytes where names are no Unicode."""
    begin = f"{folder}{os.sep}".replace(2 * os.sep, os.sep)
    end = begin[:-1] + chr(ord(os.sep) + 1)
    texts: list[tuple[str, str] | tuple[bytes, bytes]] = [(begin, end)] if isinstance(path_to_db(folder), str) else []
    return [*texts, (os.fsencode(begin), os.fsencode(end))]

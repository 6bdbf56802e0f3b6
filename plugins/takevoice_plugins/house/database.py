"""The SQLite file of the house's server. What has to survive a power cut is committed before it is acted on."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from takevoice import private_file, private_folder, rename_new
from takevoice.errors import LedgerError

PATIENCE = 10  # seconds to wait for another process
_SCHEMA = """
CREATE TABLE keys (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,              -- person, admin, worker
    hash TEXT NOT NULL UNIQUE,       -- SHA-256 of the key, which is 256 random bits
    project TEXT NOT NULL,
    cap REAL,                        -- credits a day, NULL without one
    created REAL NOT NULL,
    revoked REAL
);
CREATE UNIQUE INDEX keys_in_use ON keys(name) WHERE revoked IS NULL;

CREATE TABLE requests (
    content TEXT PRIMARY KEY,        -- what was asked for: the audio, the voice and all settings
    lane TEXT NOT NULL,              -- paid, free
    state TEXT NOT NULL,
    key INTEGER NOT NULL REFERENCES keys(id),
    project TEXT NOT NULL,
    parameters TEXT NOT NULL,        -- JSON
    streaming INTEGER NOT NULL,
    urgent INTEGER NOT NULL,
    seconds REAL NOT NULL,
    credits REAL NOT NULL,           -- expected, then billed
    sample_rate INTEGER NOT NULL,
    frames INTEGER NOT NULL,
    created REAL NOT NULL,
    sent REAL,
    done REAL,
    attempts INTEGER NOT NULL DEFAULT 0,
    lease TEXT NOT NULL DEFAULT '',
    worker TEXT NOT NULL DEFAULT '',
    upstream TEXT NOT NULL DEFAULT '',  -- the service's id of the request
    size INTEGER NOT NULL DEFAULT 0,    -- of the answer, in bytes
    used REAL,                          -- when the answer was last given
    status INTEGER NOT NULL DEFAULT 0,  -- of a refusal
    code TEXT NOT NULL DEFAULT '',
    message TEXT NOT NULL DEFAULT ''
);
CREATE INDEX requests_by_state ON requests(state) WHERE state <> 'done';
CREATE INDEX requests_by_upstream ON requests(upstream) WHERE upstream <> '';

CREATE TABLE tokens (                -- of the header Idempotency-Key
    key INTEGER NOT NULL,
    token TEXT NOT NULL,
    content TEXT NOT NULL,
    created REAL NOT NULL,
    PRIMARY KEY (key, token)
);
CREATE TABLE uses (                  -- every answer that was given
    at REAL NOT NULL,
    key INTEGER NOT NULL,
    project TEXT NOT NULL,
    content TEXT NOT NULL,
    how TEXT NOT NULL,               -- made, joined, kept
    seconds REAL NOT NULL
);
CREATE INDEX uses_by_time ON uses(at);
CREATE TABLE charges (
    content TEXT NOT NULL,
    key INTEGER NOT NULL,
    project TEXT NOT NULL,
    day TEXT NOT NULL,               -- YYYY-MM-DD, local time
    credits REAL NOT NULL,
    billed INTEGER NOT NULL DEFAULT 0,
    voice TEXT NOT NULL
);
CREATE INDEX charges_by_day ON charges(day);
CREATE INDEX charges_open ON charges(content) WHERE billed = 0;
CREATE TABLE decisions (             -- of the house's owner, for the running server
    content TEXT NOT NULL,
    verb TEXT NOT NULL,              -- release, drop
    at REAL NOT NULL
);
"""
_MIGRATIONS = (  # from each version to the next
    _SCHEMA,
    "ALTER TABLE requests ADD COLUMN backend TEXT NOT NULL DEFAULT 'local'",  # what converts in the free lane
    """
    ALTER TABLE charges ADD COLUMN asked TEXT NOT NULL DEFAULT '';  -- which request of a station it is for, in the station's words
    ALTER TABLE charges ADD COLUMN approved INTEGER NOT NULL DEFAULT 0;  -- the owner has it sent, whatever the caps say

    -- The sums of the charges: a night has half a million of these, and each request is compared with the caps. Kept by the triggers.
    CREATE TABLE spent (
        day TEXT NOT NULL, key INTEGER NOT NULL, project TEXT NOT NULL,
        billed REAL NOT NULL, reserved REAL NOT NULL,
        PRIMARY KEY (day, key, project)
    ) WITHOUT ROWID;
    INSERT INTO spent SELECT day, key, project, SUM(credits * billed), SUM(credits * (1 - billed)) FROM charges GROUP BY 1, 2, 3;
    CREATE TRIGGER charges_added AFTER INSERT ON charges BEGIN
        INSERT INTO spent VALUES (NEW.day, NEW.key, NEW.project, NEW.credits * NEW.billed, NEW.credits * (1 - NEW.billed))
        ON CONFLICT DO UPDATE SET billed = billed + excluded.billed, reserved = reserved + excluded.reserved;
    END;
    CREATE TRIGGER charges_changed AFTER UPDATE OF credits, billed ON charges BEGIN
        UPDATE spent SET billed = billed + NEW.credits * NEW.billed - OLD.credits * OLD.billed,
            reserved = reserved + NEW.credits * (1 - NEW.billed) - OLD.credits * (1 - OLD.billed)
        WHERE day = NEW.day AND key = NEW.key AND project = NEW.project;
    END;
    CREATE TRIGGER charges_removed AFTER DELETE ON charges BEGIN
        UPDATE spent SET billed = billed - OLD.credits * OLD.billed, reserved = reserved - OLD.credits * (1 - OLD.billed)
        WHERE day = OLD.day AND key = OLD.key AND project = OLD.project;
    END;
    """,
    """
    ALTER TABLE requests ADD COLUMN digest TEXT NOT NULL DEFAULT '';  -- SHA-256 of the kept answer
    CREATE INDEX requests_by_digest ON requests(digest) WHERE digest <> '';

    CREATE TABLE unusable (              -- answers that were billed, and cannot be used
        content TEXT NOT NULL,
        upstream TEXT NOT NULL,          -- the service's id of the request
        credits REAL NOT NULL,
        why TEXT NOT NULL,
        at REAL NOT NULL
    );
    CREATE INDEX unusable_by_upstream ON unusable(upstream) WHERE upstream <> '';
    """,
)
VERSION = len(_MIGRATIONS)


class Database:
    """One connection, which threads use in turn."""

    def __init__(self, path: Path) -> None:
        """Open the file, made where there is none. Raises LedgerError."""
        self._lock = threading.RLock()
        self._path = path
        try:
            private_folder(path.parent)
            private_file(path)
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=PATIENCE)
            self._connection.row_factory = sqlite3.Row
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._migrate()
        except (sqlite3.Error, OSError) as error:
            raise self._error(error) from error

    def _migrate(self) -> None:
        with self.write() as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version > VERSION:
                raise LedgerError(
                    "was written by a newer takevoice", where=str(self._path), hint="update takevoice on this machine"
                )
            for statement in _statements(_MIGRATIONS[version:]):
                connection.execute(statement)
            if version < VERSION:
                connection.execute(f"PRAGMA user_version = {VERSION}")

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Run a transaction that nothing else writes in; committed to the disk at its end. Raises LedgerError."""
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                try:
                    yield self._connection
                except BaseException:
                    self._connection.execute("ROLLBACK")
                    raise
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                raise self._error(error) from error

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """Return the rows of a query. Raises LedgerError."""
        with self._lock:
            try:
                return self._connection.execute(sql, values).fetchall()
            except sqlite3.Error as error:
                raise self._error(error) from error

    def another(self) -> Database:
        """Return another connection to the same file. Raises LedgerError."""
        return Database(self._path)

    def copy_to(self, target: Path) -> None:
        """Write a copy of the whole file to `target`, which must not exist. Raises LedgerError."""
        part = target.with_name(f".{target.name}.part")
        try:
            with self._lock, closing(sqlite3.connect(part)) as copy:
                private_file(part)  # hashes of keys, and who said what when
                self._connection.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")
            rename_new(part, target)
        except FileExistsError:
            raise LedgerError("exists already", where=str(target), hint="name another file for the backup") from None
        except (sqlite3.Error, OSError) as error:
            raise LedgerError(f"cannot be written: {error}", where=str(target), hint="name a file on another disk") from error
        finally:
            part.unlink(missing_ok=True)

    def interrupt(self) -> None:
        """End what is being read or written; it raises LedgerError. May be called by any thread."""
        self._connection.interrupt()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def _error(self, error: Exception) -> LedgerError:
        return LedgerError(f"the house's ledger cannot be used: {error}", where=str(self._path))


def _statements(scripts: Sequence[str]) -> Iterator[str]:
    """Yield the statements of scripts, those of triggers whole: `executescript` would end the transaction."""
    for script in scripts:
        statement = ""
        for line in script.splitlines(keepends=True):
            statement += line
            if sqlite3.complete_statement(statement):
                yield statement
                statement = ""
        if statement.strip():
            yield statement

"""A copy of the ledger that is a whole ledger, made while takevoice may be writing (sqlite.org/backup.html)."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from takevoice.errors import LedgerError
from takevoice.ledger.opening import open_existing
from takevoice.ledger.soundness import damaged, first_problem
from takevoice.system import place

_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def back_up(path: Path, target: Path) -> int:
    """Copy the ledger to a file of that name, which must not exist; returns the number of jobs in the copy.

    The copy is complete, checked and on the disk before it gets its name.

    Raises:
        FileNotFoundError: there is no ledger.
        LedgerError: the ledger is damaged, the copy cannot be written, or a file has that name.
    """
    if not path.is_file():
        raise FileNotFoundError(path)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        if target.exists():
            raise FileExistsError
        jobs = _copy(path, part)
        with place.open_file(part, "r+b") as file:
            place.sync(file)
        place.rename_new(part, target)
        place.sync_folder(target.parent)
    except FileExistsError:
        raise LedgerError("exists already", where=str(target), hint="name another file for the backup") from None
    except OSError as error:
        raise _unwritable(target, error.strerror or str(error)) from error
    except sqlite3.Error as error:
        if isinstance(error, sqlite3.DatabaseError) and _code(error) in _DAMAGED:
            raise damaged(path, str(error)) from error
        raise _unwritable(target, str(error)) from error
    finally:
        place.remove(part)
    return jobs


def _copy(path: Path, part: Path) -> int:
    with closing(open_existing(path)) as source, closing(sqlite3.connect(part, isolation_level=None)) as copy:
        source.backup(copy)  # in one step: what is written meanwhile is not in it
        copy.execute("PRAGMA journal_mode = DELETE")
        jobs = int(copy.execute("SELECT COUNT(*) FROM jobs").fetchone()[0])
    problem = first_problem(part)
    if problem:
        raise damaged(path, problem)
    return jobs


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _unwritable(target: Path, why: str) -> LedgerError:
    if not target.parent.is_dir():
        return LedgerError("its folder does not exist", where=str(target), hint="make it, or name a folder: a name without extension is one")
    return LedgerError(f"cannot be written: {why}", where=str(target), hint="name a file on another disk")

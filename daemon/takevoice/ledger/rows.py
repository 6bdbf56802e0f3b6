"""Jobs and paths as SQLite stores them."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from takevoice.jobs import FileVersion, Job, State

_PLAIN = ("origin", "runner", "track", "backend", "voice", "settings_hash", "audio_hash", "frames", "sample_rate", "channels",
          "progress", "offset_ms", "drift_ms", "correlation", "error_code", "error", "attempt", "created", "changed")  # fmt: skip


def id_to_db(job_id: int) -> int:
    """A job's number as SQLite can look it up; there are no such large ones."""
    return min(job_id, 2**63 - 1)


def path_to_db(path: Path | None) -> str | bytes | None:
    """A path as text, or as bytes where a name is no valid Unicode (possible on Linux)."""
    if path is None:
        return None
    text = str(path)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return os.fsencode(path)
    return text


def text_to_db(text: str) -> str:
    """Names of files find their way into tracks and messages, and need not be valid Unicode."""
    return text.encode("utf-8", "backslashreplace").decode()


def path_from_db(value: str | bytes | None) -> Path | None:
    """The other way."""
    return None if value is None else Path(os.fsdecode(value))


def columns(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of a `Job` as columns of the table."""
    row: dict[str, Any] = {}
    for name, value in fields.items():
        if name == "version":
            row["size"], row["mtime_ns"], row["inode"] = value or (None, None, None)
        elif name in ("path", "root", "output"):
            row[name] = path_to_db(value)
        elif name == "settings":
            row[name] = json.dumps(dict(value), sort_keys=True)
        elif isinstance(value, str):
            row[name] = text_to_db(value)
        else:
            row[name] = int(value) if isinstance(value, bool) else value
    return row


def job_from_row(row: sqlite3.Row) -> Job:
    """A row of the table as a `Job`."""
    path = path_from_db(row["path"])
    assert path is not None
    return Job(
        id=row["id"],
        path=path,
        state=State(row["state"]),
        root=path_from_db(row["root"]),
        output=path_from_db(row["output"]),
        version=None if row["size"] is None else FileVersion(row["size"], row["mtime_ns"], row["inode"]),
        settings=json.loads(row["settings"]),
        cancel_requested=bool(row["cancel_requested"]),
        **{name: row[name] for name in _PLAIN},
    )

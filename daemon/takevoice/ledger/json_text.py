"""Text that SQLite takes out of JSON, where names may have bytes that are not UTF-8. It loads next to nothing."""

from __future__ import annotations

import os


def from_json(value: bytes | None) -> str:
    """Return such text, which was cast to a BLOB: JSON has each stray byte as a surrogate, and SQLite writes that out as three bytes,
    which sqlite3 refuses as text. Bytes that are no such text are those of a path."""
    if value is None:
        return ""
    try:
        return value.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return os.fsdecode(value)

"""Tables for spreadsheets, as CSV or TSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

_GUARDED = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""


def cell(text: str) -> str:
    """Return a text for a cell: one that a spreadsheet would take for a formula begins with a '."""
    return f"'{text}" if text.startswith(_GUARDED) else text


def table(headings: Sequence[str], rows: Iterable[Sequence[object]], *, end: str = "\r\n") -> str:
    """Return a table with commas. `end` ends a line: "\\n" for a stream that has its own ends of lines, as on Windows.

    Texts are guarded, numbers are not.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=end)
    writer.writerow(headings)
    for row in rows:
        writer.writerow([cell(value) if isinstance(value, str) else value for value in row])
    return text.getvalue()

"""Durations and amounts in words, and rows of words."""

from __future__ import annotations

from collections.abc import Sequence

WIDEST = 32  # letters that a column is made wide for


def duration(seconds: float) -> str:
    """Return how long something takes, such as "1 h 20 min" or "40 s", as precise as it is of use."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02} min"


def plural(count: int, one: str, more: str = "") -> str:
    """Return a count with its noun, such as "1 job" or "1,200 jobs"."""
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows of cells as lines with aligned columns; a cell of more than `WIDEST` letters moves only those of its own row."""
    widths = [min(WIDEST, max(map(len, column))) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]

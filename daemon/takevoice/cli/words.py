"""Durations and amounts in words."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """Return how long something takes, such as "1 h 20 min" or "40 s", as precise as it is of use."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02} min"


def plural(count: int, one: str, more: str = "") -> str:
    """Return a count with its noun, such as "1 job" or "1,200 jobs"."""
    return f"{count:,} {one if count == 1 else more or one + 's'}"

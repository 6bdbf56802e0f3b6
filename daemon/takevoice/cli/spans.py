"""Points in time as people type them: a day, a time, or how long ago."""

from __future__ import annotations

import argparse
import re
import time

HINT = 'a day (2026-11-26), a time ("2026-11-26 14:30" or 14:30), how long ago (30m, 2h, 3d, 1w), today or yesterday'
_SECONDS = {"m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}


def since(word: str) -> float:
    """Return the Unix time that a word means; a day means its beginning, local time."""
    found, _ = _moment(word, time.time())
    return found


def until(word: str) -> float:
    """Do the same; a day means its end."""
    found, is_day = _moment(word, time.time())
    return _day(found, 1) if is_day else found


def _moment(word: str, now: float) -> tuple[float, bool]:
    """Return the Unix time, and whether it is that of a day."""
    text = word.strip().lower()
    if text in ("today", "yesterday"):
        return _day(now, -(text == "yesterday")), True
    if ago := re.fullmatch(r"(\d{1,6})([mhdw])", text):
        return now - int(ago[1]) * _SECONDS[ago[2]], False
    if re.fullmatch(r"\d{1,2}:\d\d", text):
        text = f"{time.strftime('%Y-%m-%d', time.localtime(now))} {text}"
    for form, is_day in (("%Y-%m-%d", True), ("%Y-%m-%d %H:%M", False), ("%Y-%m-%dt%H:%M", False)):
        try:
            return time.mktime((*time.strptime(text, form)[:8], -1)), is_day
        except (ValueError, OverflowError):
            continue
    raise argparse.ArgumentTypeError(f"{word} is no time: {HINT}")


def _day(at: float, days: int) -> float:
    """Return the beginning of the day of a Unix time, or of the one so many days later."""
    year, month, day, *_ = time.localtime(at)
    return time.mktime((year, month, day + days, 0, 0, 0, 0, 0, -1))


def shown(at: float, now: float | None = None) -> str:
    """Return a Unix time for a list, in 11 characters: the time of a moment of today, else the day too."""
    moment, today = time.localtime(at), time.localtime(now)
    if moment[:3] == today[:3]:
        return time.strftime("%H:%M:%S", moment)
    return time.strftime("%m-%d %H:%M" if moment[0] == today[0] else "%Y-%m-%d", moment)

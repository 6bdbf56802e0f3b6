"""Log lines that cannot fill a log."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

EVERY = 30.0  # seconds between two lines of one kind


class ThrottledLog:
    """Warns at most once in `EVERY` seconds of one kind of thing, and then says how many there were."""

    def __init__(self, log: logging.Logger, clock: Callable[[], float] = time.monotonic) -> None:
        self._log, self._clock = log, clock
        self._next: dict[str, float] = {}
        self._missed: dict[str, int] = {}

    def warn(self, kind: str, text: str) -> None:
        """`kind` is one of a few fixed words."""
        now = self._clock()
        if now < self._next.get(kind, 0.0):
            self._missed[kind] = self._missed.get(kind, 0) + 1
            return
        self._next[kind] = now + EVERY
        missed = self._missed.pop(kind, 0)
        self._log.warning("%s%s", text[:300], f" ({missed} more like it were not logged)" if missed else "")


class TokenBucket:
    """So many a second, and no more."""

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._clock = per_second, clock
        self._left, self._at = per_second, clock()

    def take(self) -> bool:
        """True while there is some left."""
        now = self._clock()
        self._left = min(self._rate, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True

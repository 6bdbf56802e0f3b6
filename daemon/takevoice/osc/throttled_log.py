"""Limits rates: of log lines and of other events."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

INTERVAL = 30.0  # seconds between two lines of one kind


class ThrottledLog:
    """Logs at most one warning of each kind per `INTERVAL`, with the number of warnings it suppressed."""

    def __init__(self, log: logging.Logger, clock: Callable[[], float] = time.monotonic) -> None:
        self._log, self._clock = log, clock
        self._next: dict[str, float] = {}
        self._suppressed: dict[str, int] = {}

    def warn(self, kind: str, text: str) -> None:
        """Log a warning, or count it if one of the same `kind` (one of a few fixed words) was logged recently."""
        now = self._clock()
        if now < self._next.get(kind, 0.0):
            self._suppressed[kind] = self._suppressed.get(kind, 0) + 1
            return
        self._next[kind] = now + INTERVAL
        suppressed = self._suppressed.pop(kind, 0)
        self._log.warning(
            "%s%s", text[:300], f" ({suppressed} similar warnings were suppressed)" if suppressed else ""
        )


class TokenBucket:
    """Allows up to `per_second` events per second."""

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._clock = per_second, clock
        self._tokens, self._updated = per_second, clock()

    def take(self) -> bool:
        """Take a token; return False if none is left."""
        now = self._clock()
        self._tokens = min(self._rate, self._tokens + (now - self._updated) * self._rate)
        self._updated = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

"""A clock that only counts while this process runs: not while the machine sleeps, nor while it is suspended."""

from __future__ import annotations

import time
from collections.abc import Callable

LONGEST = 5.0  # seconds between two readings that count


class AwakeClock:
    """Seconds, for one thread that reads the clock again and again.

    Windows' steady clock runs on while a laptop sleeps. A copy that slept with it has not been quiet all night, and a file
    that was half written then is no render that was given up. So of the time between two readings, at most `LONGEST` counts.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last = clock()
        self._counted = 0.0

    def __call__(self) -> float:
        """Return the seconds that counted so far."""
        now = self._clock()
        self._counted += min(LONGEST, max(0.0, now - self._last))
        self._last = now
        return self._counted

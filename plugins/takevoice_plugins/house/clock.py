"""Whether the clock that says date and time can be believed: it may be wrong at the start, and be set at any moment."""

from __future__ import annotations

import time
from collections.abc import Callable

TOLERANCE = 600.0  # seconds that it may gain or lose between two looks


class WallClock:
    """Compares the clock with one that nothing sets."""

    def __init__(self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic) -> None:
        self._wall, self._steady = wall, steady
        self._last: tuple[float, float] | None = None

    def was_steady(self) -> bool:
        """Return True if it was not set since the last look; False at the first one."""
        now, last = (self._wall(), self._steady()), self._last
        self._last = now
        return last is not None and abs((now[0] - last[0]) - (now[1] - last[1])) <= TOLERANCE

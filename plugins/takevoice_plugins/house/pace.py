"""How fast the farm is: seconds of audio that it converts in a second, measured while something waits."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

FIRST = 20.0  # until it is measured
MEMORY = 30.0  # seconds of work that count: workers come and go
LEAST = 0.1  # so that no station is asked to wait for ever


class Pace:
    """A running mean over the time in which the farm had work. For the event loop."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._since = clock, 0.0
        self._speed = FIRST

    @property
    def speed(self) -> float:
        """Seconds of audio in a second."""
        return max(LEAST, self._speed)

    def begin(self) -> None:
        """Note that there is work again."""
        self._since = self._clock()

    def ended(self, seconds: float) -> None:
        """Note that a take of `seconds` is done."""
        now = self._clock()
        elapsed, self._since = max(1e-3, now - self._since), now
        self._speed += (1 - math.exp(-elapsed / MEMORY)) * (seconds / elapsed - self._speed)

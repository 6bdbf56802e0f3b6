"""What a request will cost: as documented, or more where the account was billed more lately."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable

PER_MINUTE = 1000.0  # credits, as the service documents it
LATELY = 20  # answers
SHORTEST = 1.0  # seconds of audio from which on a bill tells the price: those of shorter takes are mostly rounding
ROUNDING = 1.0  # credits


class Price:
    """The price of a minute: the highest of the last answers, at least the documented one."""

    def __init__(self, billed: Iterable[tuple[float, float]] = ()) -> None:
        """`billed`: seconds and credits of the last answers, oldest first."""
        self._rates = deque[float](maxlen=LATELY)
        for seconds, cost in billed:
            self.learn(seconds, cost)

    def of(self, seconds: float) -> int:
        """Return the credits to reserve for audio of this length."""
        return math.ceil(seconds * max(PER_MINUTE, *self._rates, 0) / 60)

    def learn(self, seconds: float, cost: float) -> None:
        """Note what an answer was billed."""
        if seconds >= SHORTEST:
            dearer = max(0.0, cost - ROUNDING) / seconds * 60 > PER_MINUTE
            # Where it is certainly dearer, the highest price that is rounded so: else each take costs a credit more than its estimate.
            self._rates.append((cost + ROUNDING / 2) / seconds * 60 if dearer else PER_MINUTE)

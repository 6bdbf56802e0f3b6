"""What the stations say that they still have: takes that wait there, and have not been sent to the house."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

HEADER = "takevoice-waiting"
LIFE = 180.0  # seconds for which what a station said counts, while it waits for an answer
IDLE = 10.0  # the same, while it does not: then it has nothing any more
MOST = 1000  # stations that are remembered
_FORM = re.compile(r"(\d{1,7});(\d{1,9}(?:\.\d{1,3})?)")


@dataclass(frozen=True)
class Waiting:
    """What waits at a station: takes, and their seconds of audio."""

    takes: int = 0
    seconds: float = 0.0


class Stations:
    """What was said last by each station. For the event loop."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._said: dict[tuple[int, str], tuple[float, Waiting]] = {}

    def note(self, key: int, host: str, text: str) -> None:
        """Note a header `takes;seconds` of a request with this key from this host; anything else is ignored."""
        found = _FORM.fullmatch(text.strip())
        if found is None:
            return
        self._said.pop((key, host), None)  # the latest is the last
        self._said[key, host] = self._clock(), Waiting(int(found[1]), float(found[2]))
        while len(self._said) > MOST:
            del self._said[next(iter(self._said))]

    def waiting(self, key: int, *, busy: bool) -> Waiting:
        """Return what waits at all stations with this key; `busy`: the house has requests of it without an answer."""
        since = self._clock() - (LIFE if busy else IDLE)
        said = [waiting for (of, _), (at, waiting) in self._said.items() if of == key and at >= since]
        return Waiting(sum(each.takes for each in said), sum(each.seconds for each in said))

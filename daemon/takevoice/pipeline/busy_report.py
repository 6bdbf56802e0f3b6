"""Reports once that a backend has no room, when that lasts, and once that it has room again."""

from __future__ import annotations

import logging
import math

from takevoice.pipeline.problems import Cause, Problems

log = logging.getLogger("takevoice")

AFTER = 2.0  # seconds without room until that is reported: programs that share an account refuse each other for moments
AGAIN_AFTER = 60.0  # the same, if it was reported in the last `RECENT` seconds
RECENT = 600.0


class BusyReport:
    """What the log and `takevoice jobs` say about one backend. Times in seconds; the caller has the clock."""

    def __init__(self, backend: str, problems: Problems) -> None:
        self._backend, self._problems = backend, problems
        self._since = math.inf  # when the time without room began
        self._reported = False
        self._reported_last = -math.inf

    def no_room(self, now: float, pause: float, why: str) -> None:
        """Note that the backend serves nothing and is not asked again for `pause` seconds; `why` is what it said."""
        self._since = min(self._since, now)
        patience = AGAIN_AFTER if now - self._reported_last < RECENT else AFTER
        if self._reported or now + pause - self._since < patience:
            return
        self._reported, self._reported_last = True, now
        text = f"{self._backend} is busy: {why}. Takes wait until it has room"
        log.warning("%s", text)
        self._problems.begin(self._backend, Cause.BUSY, text)

    def room(self) -> None:
        """Note that the backend serves a request."""
        self._since = math.inf
        if self._reported:
            self._reported = False
            log.info("%s has room again", self._backend)
            self._problems.end(self._backend, Cause.BUSY)

"""Signs of life of a thread that calls file systems: one that does not answer keeps its caller waiting for ever."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Pulse:
    """Set by one thread, read by others. Times are seconds of the steady clock."""

    def __init__(self) -> None:
        self._since: float | None = None  # since when the file system has not answered
        self.rests = 0  # grows whenever it has answered and is not called for a moment

    def beat(self) -> None:
        """Note that the file system has answered, and is called again now."""
        self._since = time.monotonic()

    def rest(self) -> None:
        """Note that no file system is called now."""
        self._since = None
        self.rests += 1

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Do something that may take long, and has nothing to do with the file system."""
        self.rest()
        try:
            yield
        finally:
            self.beat()

    def silent_for(self) -> float:
        """Return for how long the file system has not answered; 0 when it is not called."""
        since = self._since
        return 0.0 if since is None else time.monotonic() - since

"""How many requests may be under way at once: follows what the API says, and shrinks when it is too many."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping

START = 5
MOST = 100
_SUCCESSES_TO_GROW = 10


class Limit:
    """The limit as a value that learns; no waiting, no locking.

    Args:
        wanted: never more than this; None: start at 5, then follow the API.
    """

    def __init__(self, wanted: int | None = None) -> None:
        self._most = wanted or MOST
        self._ceiling = self.now = wanted or START
        self._shrunk = False
        self._successes = 0

    def heard(self, headers: Mapping[str, str]) -> None:
        """Learns from the header `maximum-concurrent-requests`."""
        text = headers.get("maximum-concurrent-requests", "")
        if not (text.isascii() and text.isdigit() and len(text) <= 6 and int(text) > 0):
            return
        self._ceiling = min(self._most, int(text))
        self.now = min(self.now, self._ceiling) if self._shrunk else self._ceiling

    def refused(self) -> None:
        """Learns that it was too many."""
        self.now, self._shrunk, self._successes = max(1, self.now - 1), True, 0

    def succeeded(self) -> None:
        """Learns that it was not too many: after ten of these it grows by one again."""
        self._successes += 1
        if self._shrunk and self._successes >= _SUCCESSES_TO_GROW:
            self.now, self._successes = min(self._ceiling, self.now + 1), 0
            self._shrunk = self.now < self._ceiling


class Slots:
    """Waits for a free slot: for threads."""

    def __init__(self, limit: Limit) -> None:
        self._limit, self._used, self._changed = limit, 0, threading.Condition()

    def enter(self, timeout: float) -> bool:
        """Takes a slot; False when none became free within `timeout` seconds."""
        with self._changed:
            free = self._changed.wait_for(lambda: self._used < self._limit.now, timeout)
            self._used += free
        return free

    def leave(self) -> None:
        """Gives the slot back; the limit may have changed, too."""
        with self._changed:
            self._used -= 1
            self._changed.notify_all()


class AsyncSlots:
    """Waits for a free slot: for tasks of one event loop."""

    def __init__(self, limit: Limit) -> None:
        self._limit, self._used, self._waiting = limit, 0, set[asyncio.Event]()

    async def enter(self, timeout: float) -> bool:
        """Takes a slot; False when none became free within `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                while self._used >= self._limit.now:
                    await self._wait()
        except TimeoutError:
            return False
        self._used += 1
        return True

    async def _wait(self) -> None:
        changed = asyncio.Event()
        self._waiting.add(changed)
        try:
            await changed.wait()
        finally:
            self._waiting.discard(changed)

    def leave(self) -> None:
        """Gives the slot back; the limit may have changed, too."""
        self._used -= 1
        for changed in self._waiting:
            changed.set()

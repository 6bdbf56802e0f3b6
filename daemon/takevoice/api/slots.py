"""Limits concurrent requests: follows the limit that the API reports and shrinks if the API rejects requests."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Mapping

from takevoice.api.headers import max_concurrent

INITIAL_SLOTS = 5
MAX_SLOTS = 100
_SUCCESSES_TO_GROW = 10


class AdaptiveLimit:
    """The number of requests that may be in progress at once. Neither waits nor locks.

    Args:
        maximum: the limit never exceeds this; None: it starts at 5 and then follows the API, up to 100.
    """

    def __init__(self, maximum: int | None = None) -> None:
        self._maximum = maximum or MAX_SLOTS
        self._ceiling = self.current = maximum or INITIAL_SLOTS
        self._shrunk = False
        self._successes = 0

    def on_headers(self, headers: Mapping[str, str]) -> None:
        """Adopt the limit in the header `maximum-concurrent-requests`."""
        allowed = max_concurrent(headers)
        if allowed is None:
            return
        self._ceiling = min(self._maximum, allowed)
        self.current = min(self.current, self._ceiling) if self._shrunk else self._ceiling

    def on_rejected(self) -> None:
        """Shrink by one: the API rejected a request because there were too many."""
        self.current, self._shrunk, self._successes = max(1, self.current - 1), True, 0

    def on_success(self) -> None:
        """Count a success; after ten of them, a limit that has shrunk grows by one."""
        self._successes += 1
        if self._shrunk and self._successes >= _SUCCESSES_TO_GROW:
            self.current, self._successes = min(self._ceiling, self.current + 1), 0
            self._shrunk = self.current < self._ceiling


class NoLimit(AdaptiveLimit):
    """Lets every request begin: the caller limits them."""

    def __init__(self) -> None:
        super().__init__()
        self.current = sys.maxsize

    def on_headers(self, headers: Mapping[str, str]) -> None:
        """Do nothing."""

    def on_rejected(self) -> None:
        """Do nothing."""

    def on_success(self) -> None:
        """Do nothing."""


class Slots:
    """Hands out slots to threads."""

    def __init__(self, limit: AdaptiveLimit) -> None:
        self._limit, self._used, self._changed = limit, 0, threading.Condition()

    def acquire(self, timeout: float) -> bool:
        """Take a slot; return False if none becomes free within `timeout` seconds."""
        with self._changed:
            free = self._changed.wait_for(lambda: self._used < self._limit.current, timeout)
            self._used += free
        return free

    def release(self) -> None:
        """Return the slot and wake waiters, because the limit may have changed too."""
        with self._changed:
            self._used -= 1
            self._changed.notify_all()


class AsyncSlots:
    """Hands out slots to tasks of one event loop."""

    def __init__(self, limit: AdaptiveLimit) -> None:
        self._limit, self._used, self._waiting = limit, 0, set[asyncio.Event]()

    async def acquire(self, timeout: float) -> bool:
        """Take a slot; return False if none becomes free within `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                while self._used >= self._limit.current:
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

    def release(self) -> None:
        """Return the slot and wake waiters, because the limit may have changed too."""
        self._used -= 1
        for changed in self._waiting:
            changed.set()

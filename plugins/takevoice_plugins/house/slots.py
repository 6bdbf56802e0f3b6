"""How many requests may be under way at the service: lowered when it refuses, raised when it serves."""

from __future__ import annotations

FIRST = 5
MOST = 100
SUCCESSES_TO_GROW = 10


class AdaptiveSlots:
    """The number of slots and how many are in use. Neither waits nor locks."""

    def __init__(self, most: int | None = None) -> None:
        """`most`: never more than that; None: starts at 5 and follows the service, up to 100."""
        self._most = most or MOST
        self.limit = most or FIRST
        self._allowed = self.limit
        self.used = self._successes = 0

    @property
    def free(self) -> int:
        """How many are free now."""
        return max(0, self.limit - self.used)

    def on_allowed(self, number: int | None) -> None:
        """Adopt the number that the service reports."""
        if number is None:
            return
        allowed = max(1, min(self._most, number))
        if allowed != self._allowed:
            self.limit = allowed if self.limit >= self._allowed else min(self.limit, allowed)
            self._allowed = allowed

    def on_refused(self) -> None:
        """Lower the number by one, below what is in use: the service had no room."""
        self.limit, self._successes = max(1, min(self.limit, self.used) - 1), 0

    def on_success(self) -> None:
        """Count a success; after ten of them, a number that was lowered rises by one."""
        self._successes += 1
        if self.limit < self._allowed and self._successes >= SUCCESSES_TO_GROW:
            self.limit, self._successes = self.limit + 1, 0


class Room:
    """How many requests a station should have at the house at once: some more than there are slots, so that none idles."""

    def __init__(self, slots: int) -> None:
        self.slots = slots

    @property
    def headers(self) -> dict[str, str]:
        """The response header that says so."""
        return {"maximum-concurrent-requests": str(min(64, 2 * self.slots + 2))}

"""Who wants to hear of jobs, and for how long. The clock is passed in."""

from __future__ import annotations

import threading

from takevoice.osc.peers import Peer

LEASE = 300.0  # seconds, unless the client says otherwise
MAX_SUBSCRIBERS = 256


class Subscriptions:
    """Leases by client and request id; several clients at once, none in another's way."""

    def __init__(self) -> None:
        self._until: dict[tuple[Peer, str], float] = {}
        self._lock = threading.Lock()

    def add(self, peer: Peer, request_id: str, seconds: float, now: float) -> bool:
        """Starts or renews a lease, or with 0 seconds ends it; False when there are too many."""
        key = (peer, request_id)
        with self._lock:
            if seconds <= 0:
                self._until.pop(key, None)
                return True
            self._drop_ended(now)
            if key not in self._until and len(self._until) >= MAX_SUBSCRIBERS:
                return False
            self._until[key] = now + seconds
            return True

    def current(self, now: float) -> list[tuple[Peer, str, float]]:
        """Client, request id and seconds left of each lease."""
        with self._lock:
            self._drop_ended(now)
            return [(peer, request_id, until - now) for (peer, request_id), until in self._until.items()]

    def _drop_ended(self, now: float) -> None:
        for key in [key for key, until in self._until.items() if until <= now or not key[0].open]:
            del self._until[key]

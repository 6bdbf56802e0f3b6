"""Subscriptions to the changes of jobs. The caller passes the time in."""

from __future__ import annotations

import threading

from takevoice.osc.peers import Peer

LEASE = 300.0  # seconds, unless the client requests another duration
MAX_SUBSCRIBERS = 256


class Subscriptions:
    """The subscriptions, each identified by client and request id. Thread-safe."""

    def __init__(self) -> None:
        self._until: dict[tuple[Peer, str], float] = {}
        self._lock = threading.Lock()

    def add(self, peer: Peer, request_id: str, seconds: float, now: float) -> bool:
        """Start or renew a subscription, or end it if `seconds` is 0. Return False if there are too many."""
        key = (peer, request_id)
        with self._lock:
            if seconds <= 0:
                self._until.pop(key, None)
                return True
            self._remove_expired(now)
            if key not in self._until and len(self._until) >= MAX_SUBSCRIBERS:
                return False
            self._until[key] = now + seconds
            return True

    def current(self, now: float) -> list[tuple[Peer, str, float]]:
        """Return the client, request id and remaining seconds of each subscription."""
        with self._lock:
            self._remove_expired(now)
            return [(peer, request_id, until - now) for (peer, request_id), until in self._until.items()]

    def _remove_expired(self, now: float) -> None:
        for key in [key for key, until in self._until.items() if until <= now or not key[0].open]:
            del self._until[key]

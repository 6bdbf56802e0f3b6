"""A bounded queue of received packets."""

from __future__ import annotations

import threading
from collections import deque

from takevoice.osc.peers import Peer

MAX_PACKETS = 50_000
MAX_BYTES = 16_000_000


class PacketQueue:
    """Packets from all sockets in order of arrival; bounded, so that a flood cannot exhaust memory."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._items: deque[tuple[bytes, Peer] | None] = deque()
        self._bytes = 0

    def put(self, packet: bytes, peer: Peer) -> bool:
        """Add a packet; return False if the queue is full."""
        with self._changed:
            if len(self._items) >= MAX_PACKETS or self._bytes + len(packet) > MAX_BYTES:
                return False
            self._items.append((packet, peer))
            self._bytes += len(packet)
            self._changed.notify()
            return True

    def close(self) -> None:
        """Make `get` return None after the last packet."""
        with self._changed:
            self._items.append(None)
            self._changed.notify()

    def get(self) -> tuple[bytes, Peer] | None:
        """Wait for the next packet and return it; None after `close`."""
        with self._changed:
            while not self._items:
                self._changed.wait()
            item = self._items.popleft()
            if item is not None:
                self._bytes -= len(item[0])
            return item

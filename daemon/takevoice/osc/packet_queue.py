"""What has been received and not been handled yet."""

from __future__ import annotations

import threading
from collections import deque

from takevoice.osc.peers import Peer

MAX_WAITING = 50_000  # packets
MAX_BYTES = 16_000_000


class PacketQueue:
    """Packets from all sockets, in the order they came; bounded, so that a flood costs no memory."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._items: deque[tuple[bytes, Peer] | None] = deque()
        self._bytes = 0

    def put(self, packet: bytes, peer: Peer) -> bool:
        """False when there is no room."""
        with self._changed:
            if len(self._items) >= MAX_WAITING or self._bytes + len(packet) > MAX_BYTES:
                return False
            self._items.append((packet, peer))
            self._bytes += len(packet)
            self._changed.notify()
            return True

    def close(self) -> None:
        """Lets `get` give None after what is there."""
        with self._changed:
            self._items.append(None)
            self._changed.notify()

    def get(self) -> tuple[bytes, Peer] | None:
        """The next packet, waited for; None at the end."""
        with self._changed:
            while not self._items:
                self._changed.wait()
            item = self._items.popleft()
            if item is not None:
                self._bytes -= len(item[0])
            return item

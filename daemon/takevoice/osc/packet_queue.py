"""A bounded queue of received packets."""

from __future__ import annotations

import threading
from collections import deque

from takevoice.osc.packets import BadPacket
from takevoice.osc.peers import Peer

MAX_PACKETS = 50_000
MAX_BYTES = 16_000_000

Packet = bytes | BadPacket
"""What was received, or why it was lost."""


class PacketQueue:
    """Packets from all sockets in order of arrival; bounded, so that a flood cannot exhaust memory."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._items: deque[tuple[Packet, Peer] | None] = deque()
        self._bytes = 0

    def put(self, packet: Packet, peer: Peer) -> bool:
        """Add a packet; return False if the queue is full."""
        with self._changed:
            if len(self._items) >= MAX_PACKETS or self._bytes + _size(packet) > MAX_BYTES:
                return False
            self._items.append((packet, peer))
            self._bytes += _size(packet)
            self._changed.notify()
            return True

    def close(self) -> None:
        """Make `get` return None after the last packet."""
        with self._changed:
            self._items.append(None)
            self._changed.notify()

    def get(self) -> tuple[Packet, Peer] | None:
        """Wait for the next packet and return it; None after `close`."""
        with self._changed:
            while not self._items:
                self._changed.wait()
            item = self._items.popleft()
            if item is not None:
                self._bytes -= _size(item[0])
            return item


def _size(packet: Packet) -> int:
    return len(packet) if isinstance(packet, bytes) else 0

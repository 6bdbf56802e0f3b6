"""A bounded queue of received packets, in which a newer value takes the place of an older one that still waits."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

from takevoice.osc.packets import BadPacket
from takevoice.osc.peers import Peer

MAX_PACKETS = 50_000
MAX_BYTES = 16_000_000

Packet = bytes | BadPacket
"""What was received, or why it was lost."""


class PacketQueue:
    """Packets from all sockets in order of arrival; bounded, so that a flood cannot exhaust memory."""

    def __init__(self, value_of: Callable[[bytes], Hashable | None] = lambda _: None) -> None:
        """`value_of` returns what a packet sets, if it does nothing but set one value: of those that one client sends and
        nothing but such packets separates, only the newest is kept. None: the packet does something else."""
        self._changed = threading.Condition()
        self._value_of = value_of
        self._items: OrderedDict[int, tuple[Packet, Peer, Hashable]] = OrderedDict()
        self._waiting: dict[Hashable, int] = {}  # the values since the last other packet, each with its item
        self._bytes = 0
        self._last = 0
        self._closed = False

    def put(self, packet: Packet, peer: Peer) -> bool:
        """Add a packet; return False if the queue is full."""
        value = self._value_of(packet) if isinstance(packet, bytes) else None
        key = None if value is None else (peer, value)
        with self._changed:
            if key is None:
                self._waiting.clear()
            elif key in self._waiting:
                self._remove(self._waiting[key])
            if len(self._items) >= MAX_PACKETS or self._bytes + _size(packet) > MAX_BYTES:
                return False
            self._last += 1
            self._items[self._last] = (packet, peer, key)
            self._bytes += _size(packet)
            if key is not None:
                self._waiting[key] = self._last
            self._changed.notify()
            return True

    def close(self) -> None:
        """Make `get` return None after the last packet."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def get(self) -> tuple[Packet, Peer] | None:
        """Wait for the next packet and return it; None after `close`."""
        with self._changed:
            while not self._items:
                if self._closed:
                    return None
                self._changed.wait()
            return self._remove(next(iter(self._items)))

    def _remove(self, number: int) -> tuple[Packet, Peer]:
        packet, peer, key = self._items.pop(number)
        self._bytes -= _size(packet)
        if key is not None and self._waiting.get(key) == number:
            del self._waiting[key]
        return packet, peer


def _size(packet: Packet) -> int:
    return len(packet) if isinstance(packet, bytes) else 0

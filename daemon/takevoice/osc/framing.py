"""Packets in a TCP stream: each after its size (OSC 1.0), or between SLIP's END bytes (OSC 1.1, RFC 1055). Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from takevoice.osc.packets import MAX_PACKET, BadPacket

_END, _ESC = b"\xc0", b"\xdb"


class Framing(Protocol):
    """Takes a stream apart, and puts one together."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The packets that are complete now; raises BadPacket when the stream cannot be understood."""

    def wrap(self, packet: bytes) -> bytes:
        """A packet as it goes into the stream."""


class SizedFraming:
    """Four bytes of size, then the packet."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """See `Framing`."""
        self._rest += data
        position = 0
        while len(self._rest) - position >= 4:
            size = int.from_bytes(self._rest[position : position + 4], "big")
            if not 0 < size <= MAX_PACKET:
                raise BadPacket(f"a frame of {size} bytes")
            if len(self._rest) - position < 4 + size:
                break
            yield bytes(self._rest[position + 4 : position + 4 + size])
            position += 4 + size
        del self._rest[:position]

    def wrap(self, packet: bytes) -> bytes:
        """See `Framing`."""
        return len(packet).to_bytes(4, "big") + packet


class SlipFraming:
    """END, the packet with END and ESC escaped, END."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """See `Framing`."""
        *complete, last = data.split(_END)
        for part in complete:
            frame = bytes(self._rest + part)
            self._rest.clear()
            if frame:
                yield frame.replace(b"\xdb\xdc", _END).replace(b"\xdb\xdd", _ESC)
        self._rest += last
        if len(self._rest) > 2 * MAX_PACKET:
            raise BadPacket("a frame without an end")

    def wrap(self, packet: bytes) -> bytes:
        """See `Framing`."""
        return _END + packet.replace(_ESC, b"\xdb\xdd").replace(_END, b"\xdb\xdc") + _END


def framing_of(first: int) -> Framing:
    """What the first byte of a stream tells: no size that is taken begins with anything but 0."""
    kinds: dict[int, Callable[[], Framing]] = {0: SizedFraming, _END[0]: SlipFraming}
    if first not in kinds:
        raise BadPacket("the stream is no OSC")
    return kinds[first]()

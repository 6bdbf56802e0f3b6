"""Packets in a TCP stream: preceded by their size (OSC 1.0) or in SLIP frames (OSC 1.1, RFC 1055). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from pythonosc import slip

from takevoice.osc.packets import MAX_PACKET, BadPacket


class Framing(Protocol):
    """Splits a stream into packets, and wraps packets for a stream."""

    def feed(self, data: bytes) -> Iterator[bytes | BadPacket]:
        """Yield the packets that are now complete, or why one is lost; raise BadPacket if the rest of the stream is, too."""

    def wrap(self, packet: bytes) -> bytes:
        """Return the packet with its framing."""


class SizedFraming:
    """The size of the packet in four bytes, then the packet."""

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

    def feed(self, data: bytes) -> Iterator[bytes | BadPacket]:
        """See `Framing`."""
        *complete, last = data.split(slip.END)
        for part in complete:
            frame = bytes(self._rest + part)
            self._rest.clear()
            if frame:
                yield _decoded(frame)
        self._rest += last
        if len(self._rest) > 2 * MAX_PACKET:
            raise BadPacket("a frame without an end")

    def wrap(self, packet: bytes) -> bytes:
        """See `Framing`."""
        return bytes(slip.encode(packet))


def _decoded(frame: bytes) -> bytes | BadPacket:
    """Return the packet in a SLIP frame; with an invalid one, only that packet is lost, for the next END is found all the same."""
    try:
        return bytes(slip.decode(frame))
    except slip.ProtocolError:
        return BadPacket("an invalid escape sequence in a SLIP frame")


def framing_of(begin: bytes) -> Framing:
    """Return the framing of a stream from what arrived first; raise BadPacket if it has none.

    The first byte is 0 for every permitted size. A SLIP frame may begin with END, as in OSC 1.1, or only end with it, as in RFC 1055.
    """
    if begin[0] == 0:
        return SizedFraming()
    if begin[:1] == slip.END or (_is_packet(begin) and slip.END in begin):
        return SlipFraming()
    what = "a packet without framing" if _is_packet(begin) else "the stream is not OSC"
    raise BadPacket(f"{what}; over TCP, send the size of each packet in 4 bytes before it (OSC 1.0), or SLIP frames (OSC 1.1)")


def _is_packet(begin: bytes) -> bool:
    return begin[:1] in (b"/", b"#")

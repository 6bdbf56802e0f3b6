"""OSC packets byte by byte, as the specification of OSC 1.0 describes them, and a client that knows only these."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_NUMBERS = {"i": ">i", "f": ">f", "d": ">d", "h": ">q", "t": ">Q", "r": ">I"}


def padded(data: bytes) -> bytes:
    """An OSC-string: at least one NUL, up to a multiple of 4 bytes."""
    return data + bytes(4 - len(data) % 4)


def message(address: str | bytes, tags: str | None = None, *arguments: Any) -> bytes:
    """A message; without `tags`, one of an old client that leaves them out."""
    packet = padded(address.encode() if isinstance(address, str) else address)
    if tags is None:
        return packet
    packet += padded(b"," + tags.encode())
    values = iter(arguments)
    for tag in tags:
        if tag in "sS":
            value = next(values)
            packet += padded(value if isinstance(value, bytes) else value.encode())
        elif tag == "c":
            packet += struct.pack(">i", ord(next(values)))
        elif tag == "b":
            value = next(values)
            packet += struct.pack(">i", len(value)) + value + bytes(-len(value) % 4)
        elif tag == "m":
            packet += next(values)
        elif tag in _NUMBERS:
            packet += struct.pack(_NUMBERS[tag], next(values))
    return packet


def bundle(*elements: bytes) -> bytes:
    return b"#bundle\0" + struct.pack(">Q", 1) + b"".join(struct.pack(">i", len(e)) + e for e in elements)


def read(packet: bytes) -> tuple[Any, ...]:
    """The address of a reply and its arguments."""
    address, position = _text(packet, 0)
    tags, position = _text(packet, position)
    found: list[Any] = [address]
    for tag in tags[1:]:
        if tag == "s":
            value, position = _text(packet, position)
        elif tag in "TF":
            value = tag == "T"
        else:
            kind = _NUMBERS[tag]
            (value,) = struct.unpack_from(kind, packet, position)
            position += struct.calcsize(kind)
        found.append(round(value, 6) if isinstance(value, float) else value)
    assert position == len(packet)
    return tuple(found)


def _text(packet: bytes, position: int) -> tuple[str, int]:
    end = packet.index(0, position)
    return packet[position:end].decode(), end + 4 - end % 4


class Raw:
    """A UDP client."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self.socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.settimeout(10)
        self.socket.bind((host, 0))
        self.to = (host, port)

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1])

    def send(self, packet: bytes) -> None:
        self.socket.sendto(packet, self.to)

    def receive(self) -> tuple[Any, ...]:
        return read(self.socket.recv(65_535))

    def ask(self, address: str | bytes, tags: str | None = None, *arguments: Any) -> tuple[Any, ...]:
        """The first reply to a message."""
        self.send(message(address, tags, *arguments))
        return self.receive()

    def until(self, address: str) -> list[tuple[Any, ...]]:
        """What comes up to a reply of that address."""
        found = [self.receive()]
        while found[-1][0] != address:
            found.append(self.receive())
        return found


@contextmanager
def raw(port: int, host: str = "127.0.0.1") -> Iterator[Raw]:
    opened = Raw(port, host)
    try:
        yield opened
    finally:
        opened.socket.close()

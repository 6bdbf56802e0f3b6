"""OSC written and read byte by byte after the specification (OSC 1.0 and the types of 1.1), without takevoice's own code."""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NUMBERS = {"i": ">i", "f": ">f", "d": ">d", "h": ">q", "t": ">Q", "c": ">I", "r": ">I"}


def padded(data: bytes) -> bytes:
    """An OSC-string: its bytes, a NUL, and NULs up to a multiple of four."""
    return data + bytes(4 - len(data) % 4)


def message(address: str | bytes, tags: str | None = None, *values: Any) -> bytes:
    """A message with these type tags; None: without any, as old clients send it. T, F, N, I and brackets take no value."""
    packet = padded(address if isinstance(address, bytes) else address.encode())
    if tags is None:
        return packet
    packet += padded(b"," + tags.encode())
    left = iter(values)
    for tag in tags:
        if tag in "TFNI[]":
            continue
        value = next(left)
        if tag in "sS":
            packet += padded(value if isinstance(value, bytes) else value.encode())
        elif tag == "b":
            packet += struct.pack(">i", len(value)) + value + bytes(-len(value) % 4)
        elif tag == "m":
            packet += value
        else:
            packet += struct.pack(NUMBERS[tag], ord(value) if tag == "c" else value)
    return packet


def bundled(*elements: bytes, when: int = 1) -> bytes:
    """A bundle; `when` is its time tag, 1: immediately."""
    return b"#bundle\0" + struct.pack(">Q", when) + b"".join(struct.pack(">i", len(each)) + each for each in elements)


def parsed(packet: bytes) -> list[Any]:
    """The address and the arguments of a message, with floats to six digits."""
    assert len(packet) % 4 == 0, packet
    end = packet.index(0)
    found: list[Any] = [packet[:end].decode("ascii")]
    at = (end // 4 + 1) * 4
    end = packet.index(0, at)
    tags = packet[at + 1 : end].decode("ascii")
    at = (end // 4 + 1) * 4
    for tag in tags:
        if tag in "TFN":
            found.append({"T": True, "F": False, "N": None}[tag])
        elif tag == "s":
            end = packet.index(0, at)
            found.append(packet[at:end].decode())
            at = (end // 4 + 1) * 4
        else:
            (value,) = struct.unpack_from(NUMBERS[tag], packet, at)
            found.append(round(value, 6) if tag in "fd" else value)
            at += struct.calcsize(NUMBERS[tag])
    assert at == len(packet), packet
    return found


class Surface:
    """A control surface: a UDP socket of its own."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self.socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, 0))
        self.to = (host, port)

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1])

    def send(self, packet: bytes) -> None:
        self.socket.sendto(packet, self.to)

    def receive(self, seconds: float = 15.0) -> list[Any]:
        """The next message."""
        self.socket.settimeout(seconds)
        return parsed(self.socket.recv(65_535))

    def ask(self, address: str | bytes, tags: str | None = None, *values: Any) -> list[Any]:
        """Send a message, and return the first that comes back."""
        self.send(message(address, tags, *values))
        return self.receive()

    def until(self, address: str, seconds: float = 30.0) -> list[list[Any]]:
        """All messages up to the first one with this address."""
        found: list[list[Any]] = []
        deadline = time.monotonic() + seconds
        while not found or found[-1][0] != address:
            left = deadline - time.monotonic()
            assert left > 0, f"no {address}; there came {found}"
            try:
                found.append(self.receive(left))
            except TimeoutError:
                raise AssertionError(f"no {address}; there came {found}") from None
        return found

    def rows(self, address: str, tags: str, *values: Any) -> tuple[list[list[Any]], list[Any]]:
        """The rows of a list without their addresses, and its end."""
        self.send(message(address, tags, *values))
        *rows, end = self.until("/takevoice/end")
        assert all(row[0] == f"{address}/row" for row in rows), rows
        return [row[1:] for row in rows], end[1:]


@contextmanager
def surface(port: int, host: str = "127.0.0.1") -> Iterator[Surface]:
    opened = Surface(port, host)
    try:
        yield opened
    finally:
        opened.socket.close()


def port_of(state: Path) -> int:
    """The port of the daemon with this state dir."""
    return int(json.loads((state / "osc.json").read_text("ascii"))["port"])

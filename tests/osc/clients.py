from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from takevoice.osc.packets import Message, build, read
from takevoice.osc.routes import OscRoutes
from takevoice.osc.server import OscServer


def messages_of(packet: bytes) -> list[Message]:
    """The messages of a packet of which none is invalid."""
    found = list(read(packet))
    assert all(isinstance(each, Message) for each in found), found
    return [each for each in found if isinstance(each, Message)]


class Client:
    """A UDP client as a script would be one."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, 0))
        self.to = (host, port)
        self.seen: list[Message] = []

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1])

    def send(self, address: str, *arguments: Any) -> None:
        self.raw(build(address, *arguments))

    def raw(self, packet: bytes) -> None:
        self.socket.sendto(packet, self.to)

    def receive(self, seconds: float = 10.0) -> Message:
        """The next message."""
        self.socket.settimeout(max(0.01, seconds))
        (message,) = messages_of(self.socket.recv(65_535))
        self.seen.append(message)
        return message

    def until(self, address: str, request_id: str | None = None, seconds: float = 15.0) -> tuple[Any, ...]:
        """The arguments of the next message of that address (and id); what comes before it is in `seen`."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                message = self.receive(deadline - time.monotonic())
            except TimeoutError:
                raise AssertionError(f"no {address} {request_id}; there came {self.seen[-20:]}") from None
            if message.address == address and request_id in (None, message.arguments[0]):
                return message.arguments

    def ask(self, address: str, *arguments: Any) -> Message:
        self.send(address, *arguments)
        return self.receive()

    def waiting(self) -> list[Message]:
        """What has come already."""
        found = []
        self.socket.settimeout(0.0)
        while True:
            try:
                found += messages_of(self.socket.recv(65_535))
            except BlockingIOError:
                return found

    def close(self) -> None:
        self.socket.close()


@contextmanager
def client(port: int) -> Iterator[Client]:
    opened = Client(port)
    try:
        yield opened
    finally:
        opened.close()


@contextmanager
def serving(routes: OscRoutes, **options: Any) -> Iterator[OscServer]:
    server = OscServer("127.0.0.1", 0, routes, **options)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def echo_routes() -> OscRoutes:
    routes = OscRoutes()
    routes.serve(
        "/test/echo", ["[value]"], "/test/echoed id value", "for tests",
        lambda request: request.reply("/test/echoed", *request.arguments.values()),
    )  # fmt: skip
    return routes


def bundle(*elements: bytes, time_tag: int = 1) -> bytes:
    return b"#bundle\0" + struct.pack(">Q", time_tag) + b"".join(
        struct.pack(">i", len(each)) + each for each in elements
    )  # fmt: skip


KILLERS = {
    "a negative size": b"#bundle\0" + struct.pack(">Qi", 1, -4),
    "a size of nothing": b"#bundle\0" + struct.pack(">Qi", 1, 0),
    "a size beyond the end": b"#bundle\0" + struct.pack(">Qi", 1, 1 << 30),
    "stars": b"/" + b"*" * 46 + b"!\0\0\0\0",
    "a negative blob": build("/test/echo", "k")[:12] + b",b\0\0" + struct.pack(">i", -8),
    "many arrays": b"/test/echo\0\0," + b"[" * 120 + b"\0" * 3,
    "no Unicode": b"/test/echo\0\0,s\0\0\xff\xfe\xff\0",
    "an unfinished string": b"/test/echo\0\0,s\0\0abcd",
    "an address without end": b"/" * 60_000,
    "only a slash": b"/\0\0\0",
    "half a tag": b"#bundle\0\0\0\0\0",
    "odd": b"/a",
}
"""Packets that have stopped, stalled or crashed other servers."""


def nested(depth: int) -> bytes:
    packet = build("/test/echo", "deep")
    for _ in range(depth):
        packet = bundle(packet)
    return packet

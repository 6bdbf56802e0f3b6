"""Checks of sockets on this machine."""

from __future__ import annotations

import socket
from collections.abc import Iterator

from takevoice.cli.platform_report.checks import Check, Found
from takevoice.osc.tcp import open_tcp
from takevoice.osc.udp import open_udp

HERE = ("127.0.0.1", 0)


def checks() -> Iterator[Check]:
    """Yield the checks."""
    yield Check("OSC: receive buffer", "at least 64 KiB", _buffer)
    yield Check("OSC: UDP", "a packet arrives", _udp)
    yield Check("OSC: TCP", "a connection works", _tcp)
    yield Check("OSC: a port in use", "is refused", _two_binds)


def _buffer() -> Found:
    with open_udp(socket.AF_INET, HERE) as opened:
        granted = opened.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
    return Found(f"{granted // 1024} KiB granted", granted >= 64 << 10)


def _udp() -> Found:
    with open_udp(socket.AF_INET, HERE) as opened:
        opened.settimeout(2)
        opened.sendto(b"hello", opened.getsockname())
        return Found("a packet arrives", opened.recv(16) == b"hello")


def _tcp() -> Found:
    with (
        open_tcp(socket.AF_INET, HERE) as listening,
        socket.create_connection(listening.getsockname()[:2], 2) as client,
    ):
        listening.settimeout(2)
        accepted, _ = listening.accept()
        with accepted:
            client.sendall(b"hello")
            accepted.settimeout(2)
            return Found("a connection works", accepted.recv(16) == b"hello")


def _two_binds() -> Found:
    with open_udp(socket.AF_INET, HERE) as first:
        try:
            open_udp(socket.AF_INET, first.getsockname()).close()
        except OSError as error:
            return Found(f"is refused ({error.errno})")
    return Found("is shared", False)

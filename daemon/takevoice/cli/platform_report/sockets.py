"""Checks of sockets on this machine."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

from takevoice.cli.platform_report.checks import Check, Found, refusal
from takevoice.osc.tcp import open_tcp
from takevoice.osc.udp import RECEIVE_BUFFER, SMALLEST_BUFFER, open_udp

HERE = ("127.0.0.1", 0)
WORD = b"hello"


def checks() -> Iterator[Check]:
    """Yield the checks."""
    yield Check("OSC: receive buffer", f"at least {SMALLEST_BUFFER >> 10} KiB", _buffer)
    yield Check("OSC: UDP", "a packet arrives", _udp)
    yield Check("OSC: TCP", "a connection works", _tcp)
    yield Check("OSC: a port in use", "is refused", _two_binds)


def _buffer() -> Found:
    """Ask for all of it, as a system may refuse that instead of granting less; then as takevoice does."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain:
        try:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
            answer = "accepted"
        except OSError as error:
            answer = refusal(error)
    with open_udp(socket.AF_INET, HERE) as opened:
        granted = opened.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
    return Found(
        f"{RECEIVE_BUFFER >> 10} KiB {answer}, {granted >> 10} KiB granted", granted >= SMALLEST_BUFFER
    )


def _udp() -> Found:
    with open_udp(socket.AF_INET, HERE) as opened:
        opened.settimeout(2)
        opened.sendto(WORD, opened.getsockname())
        return _arrived("a packet arrives", opened.recv(16))


def _tcp() -> Found:
    with (
        open_tcp(socket.AF_INET, HERE) as listening,
        socket.create_connection(listening.getsockname()[:2], 2) as client,
    ):
        listening.settimeout(2)
        accepted, _ = listening.accept()
        with accepted:
            client.sendall(WORD)
            accepted.settimeout(2)
            return _arrived("a connection works", accepted.recv(16))


def _arrived(text: str, received: bytes) -> Found:
    return Found(text) if received == WORD else Found("something else arrives", False)


def _two_binds() -> Found:
    answers = [_second_bind(open_udp), _second_bind(open_tcp)]
    told = ", ".join(
        f"{name} {answer or 'is shared'}" for name, answer in zip(("UDP", "TCP"), answers, strict=True)
    )
    return Found(told, all(answers))


def _second_bind(opened_by: Callable[[socket.AddressFamily, tuple[str, int]], socket.socket]) -> str:
    with opened_by(socket.AF_INET, HERE) as first:
        try:
            opened_by(socket.AF_INET, first.getsockname()).close()
        except OSError as error:
            return refusal(error)
    return ""

"""Where replies go."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from typing import Protocol


class Peer(Protocol):
    """A client that can be sent packets; equal when it is the same client."""

    @property
    def open(self) -> bool:
        """False once nothing can reach it any more."""

    def send(self, packet: bytes) -> None:
        """Sends a packet, or drops it when the client cannot be reached; never waits for it, never raises."""

    def at(self, port: int) -> Peer:
        """The same host's UDP port."""


@dataclass(frozen=True)
class UdpPeer:
    """A UDP socket somewhere; `socket` is ours."""

    socket: socket.socket = field(compare=False, repr=False)
    address: tuple[str | int, ...]
    open: bool = field(default=True, compare=False)

    def send(self, packet: bytes) -> None:
        """Sends a datagram; nobody knows whether it arrives."""
        try:
            self.socket.sendto(packet, self.address)
        except OSError:
            pass

    def at(self, port: int) -> UdpPeer:
        """Another port of its host."""
        return UdpPeer(self.socket, (self.address[0], port, *self.address[2:]))

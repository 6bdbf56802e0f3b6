"""The clients to which the server sends replies."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from typing import Protocol


class Peer(Protocol):
    """A client that receives packets. Peers are equal if they are the same client."""

    @property
    def open(self) -> bool:
        """False after the client has disconnected."""

    @property
    def is_local(self) -> bool:
        """True if the client is on this machine."""

    def send(self, packet: bytes) -> None:
        """Send a packet, or drop it if the client is unreachable. Never blocks and never raises."""

    def at(self, port: int) -> Peer:
        """Return the peer at a UDP port of the same host."""


@dataclass(frozen=True)
class UdpPeer:
    """The UDP port of a client; `socket` is the server's own."""

    socket: socket.socket = field(compare=False, repr=False)
    address: tuple[str | int, ...]
    open: bool = field(default=True, compare=False)

    @property
    def is_local(self) -> bool:
        """See `Peer`."""
        return is_own(self.socket.family, self.address)

    def send(self, packet: bytes) -> None:
        """Send a datagram, without knowing whether it arrives."""
        try:
            self.socket.sendto(packet, self.address)
        except OSError:
            pass

    def at(self, port: int) -> UdpPeer:
        """Return the peer at another port of the same host."""
        return UdpPeer(self.socket, (self.address[0], port, *self.address[2:]))


def is_own(family: int, address: tuple[str | int, ...]) -> bool:
    """Return True if an address is one of this machine: only those can be listened on."""
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((address[0], 0, *address[2:]))
    except OSError:
        return False
    return True

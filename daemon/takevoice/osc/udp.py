"""The UDP socket: one thread does nothing but empty it."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable

from takevoice.osc.packets import MAX_PACKET
from takevoice.osc.peers import UdpPeer

log = logging.getLogger(__name__)

RECEIVE_BUFFER = 8 << 20  # bytes asked for; the system may give less
_FORCE = 33  # Linux's SO_RCVBUFFORCE: beyond the system's limit, for those who may


class UdpReceiver:
    """Hands every datagram to `received`."""

    def __init__(self, bound: socket.socket, received: Callable[[bytes, UdpPeer], None]) -> None:
        self._socket, self._received = bound, received
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="osc-udp", daemon=True)

    def start(self) -> None:
        """Starts receiving."""
        self._thread.start()

    def stop(self) -> None:
        """Stops and closes the socket."""
        self._stopping = True
        _wake(self._socket)
        self._thread.join(5)
        self._socket.close()

    def _run(self) -> None:
        receive, received = self._socket.recvfrom, self._received
        while not self._stopping:
            try:
                packet, address = receive(MAX_PACKET + 1)
            except ConnectionError:
                continue  # Windows tells here that an earlier reply reached nobody
            except OSError as error:
                if not self._stopping:
                    log.error("OSC over UDP has ended: %s", error)
                return
            if packet:
                received(packet, UdpPeer(self._socket, address))


def open_udp(family: socket.AddressFamily, address: tuple[str, int]) -> socket.socket:
    """A bound socket with a large buffer; raises OSError when the port is taken."""
    opened = socket.socket(family, socket.SOCK_DGRAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        try:
            opened.setsockopt(socket.SOL_SOCKET, _FORCE, RECEIVE_BUFFER)
        except OSError:
            pass
        opened.bind(address)
    except OSError:
        opened.close()
        raise
    return opened


def _wake(bound: socket.socket) -> None:
    """An empty datagram to ourselves ends the waiting on every system."""
    host, port, *rest = bound.getsockname()
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    try:
        bound.sendto(b"", (host, port, *rest))
    except OSError:
        pass

"""The UDP receiver: its thread does nothing but read the socket."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections.abc import Callable

from takevoice.osc.packets import MAX_PACKET
from takevoice.osc.peers import UdpPeer
from takevoice.system import current

log = logging.getLogger(__name__)

RECEIVE_BUFFER = (
    8 << 20
)  # bytes requested; Linux grants less without a word, macOS refuses what is above its limit
SMALLEST_BUFFER = 64 << 10  # bytes; below, the system's default is used
_SO_RCVBUFFORCE = 33  # Linux: exceeds the system's limit, if the process has the privilege


class UdpReceiver:
    """Passes every datagram to `on_packet`."""

    def __init__(self, bound: socket.socket, on_packet: Callable[[bytes, UdpPeer], None]) -> None:
        self._socket, self._on_packet = bound, on_packet
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="osc-udp", daemon=True)

    def start(self) -> None:
        """Start receiving."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread and close the socket."""
        self._stopping = True
        _wake(self._socket)
        self._thread.join(5)
        self._socket.close()

    def _run(self) -> None:
        receive, on_packet = self._socket.recvfrom, self._on_packet
        while not self._stopping:
            try:
                packet, address = receive(MAX_PACKET + 1)
            except ConnectionError:
                continue  # Windows reports here that an earlier reply could not be delivered
            except OSError as error:
                if not self._stopping:
                    log.error("OSC over UDP has stopped: %s", error)
                return
            if packet:
                on_packet(packet, UdpPeer(self._socket, address))


def open_udp(family: socket.AddressFamily, address: tuple[str, int]) -> socket.socket:
    """Return a bound socket with a large buffer; raise OSError if the port is in use."""
    opened = socket.socket(family, socket.SOCK_DGRAM)
    try:
        _enlarge(opened)
        opened.bind(address)
    except OSError:
        opened.close()
        raise
    return opened


def _enlarge(opened: socket.socket) -> None:
    """Request a large receive buffer, and half of it as long as the system refuses."""
    size = RECEIVE_BUFFER
    while size >= SMALLEST_BUFFER:
        with contextlib.suppress(OSError):
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)
            break
        size //= 2
    if current.name() == "linux":
        with contextlib.suppress(OSError):
            opened.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, RECEIVE_BUFFER)


def _wake(bound: socket.socket) -> None:
    """Send an empty datagram to the socket itself, which ends the blocking read on every system."""
    host, port, *rest = bound.getsockname()
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    try:
        bound.sendto(b"", (host, port, *rest))
    except OSError:
        pass

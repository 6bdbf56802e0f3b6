"""The TCP side: one thread for all connections, each with bounded buffers."""

from __future__ import annotations

import logging
import selectors
import socket
import threading
import time
from collections.abc import Callable

from takevoice.osc.framing import Framing, framing_of
from takevoice.osc.packets import BadPacket
from takevoice.osc.peers import Peer, UdpPeer
from takevoice.osc.throttled_log import ThrottledLog

log = logging.getLogger(__name__)

MAX_CONNECTIONS = 64
MAX_UNSENT = 1 << 20  # bytes that a client may leave unread
READ = 1 << 16


class Connection:
    """A client's connection (a `Peer`). It is read by the receiver's thread and written by any."""

    def __init__(self, opened: socket.socket, udp: socket.socket, wake: Callable[[], None]) -> None:
        opened.setblocking(False)
        self.socket, self._udp, self._wake = opened, udp, wake
        self.host = opened.getpeername()
        self.heard = time.monotonic()
        self.open = True
        self.unsent = bytearray()
        self._framing: Framing | None = None
        self._lock = threading.Lock()

    def read(self, received: Callable[[bytes, Peer], None]) -> None:
        """Takes what has come; raises BadPacket or OSError when the connection is of no more use."""
        data = self.socket.recv(READ)
        if not data:
            raise ConnectionError("closed")
        self.heard = time.monotonic()
        if self._framing is None:
            self._framing = framing_of(data[0])
        for packet in self._framing.feed(data):
            received(packet, self)

    def send(self, packet: bytes) -> None:
        """See `Peer`: what the client does not read now is kept for it, up to a limit."""
        with self._lock:
            if not self.open or self._framing is None:
                return
            self.unsent += self._framing.wrap(packet)
            if len(self.unsent) > MAX_UNSENT:
                self.open = False
            self._flush()
            if self.unsent or not self.open:
                self._wake()

    def flush(self) -> None:
        """Sends what can be sent."""
        with self._lock:
            self._flush()

    def _flush(self) -> None:
        try:
            sent = self.socket.send(self.unsent) if self.unsent and self.open else 0
        except BlockingIOError:
            sent = 0
        except OSError:
            self.open = False
            sent = 0
        del self.unsent[:sent]

    def close(self) -> None:
        """Ends it."""
        with self._lock:
            self.open = False
            self.unsent.clear()
            self.socket.close()

    def at(self, port: int) -> UdpPeer:
        """A UDP port of its host."""
        return UdpPeer(self._udp, (self.host[0], port, *self.host[2:]))


class TcpReceiver:
    """Accepts connections and hands every packet to `received`."""

    def __init__(
        self, listening: socket.socket, udp: socket.socket, received: Callable[[bytes, Peer], None]
    ) -> None:
        self._listening, self._udp, self._received = listening, udp, received
        self._listening.setblocking(False)
        self._quiet = ThrottledLog(log)
        self._selector = selectors.DefaultSelector()
        self._woken, self._waker = socket.socketpair()
        for end in (self._woken, self._waker):
            end.setblocking(False)
        self._connections: set[Connection] = set()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="osc-tcp", daemon=True)

    def start(self) -> None:
        """Starts accepting."""
        self._selector.register(self._listening, selectors.EVENT_READ)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._thread.start()

    def stop(self) -> None:
        """Closes every connection and the socket."""
        self._stopping = True
        self._wake()
        self._thread.join(5)
        for connection in list(self._connections):
            self._close(connection)
        self._selector.close()
        for end in (self._listening, self._woken, self._waker):
            end.close()

    def _wake(self) -> None:
        try:
            self._waker.send(b"!")
        except OSError:
            pass  # it is awake already, or closed

    def _run(self) -> None:
        while not self._stopping:
            for key, events in self._selector.select():
                if key.fileobj is self._listening:
                    self._accept_all()
                elif key.fileobj is self._woken:
                    self._read_waker()
                else:
                    self._serve(key.data, events)
            for connection in list(self._connections):
                self._mind(connection)

    def _read_waker(self) -> None:
        try:
            self._woken.recv(4096)
        except OSError:
            pass

    def _accept_all(self) -> None:
        while self._accept():
            pass

    def _accept(self) -> bool:
        try:
            opened, _ = self._listening.accept()
        except BlockingIOError:
            return False
        except OSError as error:
            self._quiet.warn("accept", f"an OSC connection could not be accepted: {error}")
            return False
        try:
            connection = Connection(opened, self._udp, self._wake)
        except OSError:
            opened.close()  # it is gone already
            return True
        if len(self._connections) >= MAX_CONNECTIONS:
            self._quiet.warn(
                "many", f"more than {MAX_CONNECTIONS} OSC connections: the longest silent one is closed"
            )
            self._close(min(self._connections, key=lambda each: each.heard))
        self._connections.add(connection)
        self._selector.register(opened, selectors.EVENT_READ, connection)
        return True

    def _serve(self, connection: Connection, events: int) -> None:
        if connection not in self._connections:
            return
        try:
            if events & selectors.EVENT_WRITE:
                connection.flush()
            if events & selectors.EVENT_READ:
                connection.read(self._received)
        except BadPacket as error:
            self._quiet.warn("frame", f"an OSC connection is closed: {error}")
            self._close(connection)
        except BlockingIOError:
            pass
        except OSError:
            self._close(connection)

    def _mind(self, connection: Connection) -> None:
        if not connection.open:
            self._close(connection)
            return
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if connection.unsent else 0)
        if self._selector.get_key(connection.socket).events != wanted:
            self._selector.modify(connection.socket, wanted, connection)

    def _close(self, connection: Connection) -> None:
        self._connections.discard(connection)
        try:
            self._selector.unregister(connection.socket)
        except (KeyError, ValueError):
            pass
        connection.close()


def open_tcp(family: socket.AddressFamily, address: tuple[str, int]) -> socket.socket:
    """A listening socket; raises OSError when the port is taken."""
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        # On Windows this option would let two programs share the port.
        if hasattr(selectors, "EpollSelector") or hasattr(selectors, "KqueueSelector"):
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(address)
        opened.listen(128)
    except OSError:
        opened.close()
        raise
    return opened

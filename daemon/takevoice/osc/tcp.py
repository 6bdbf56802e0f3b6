"""The TCP receiver: one thread for all connections, each with bounded buffers."""

from __future__ import annotations

import logging
import selectors
import socket
import threading
import time
from collections.abc import Callable

from takevoice.osc.framing import Framing, framing_of
from takevoice.osc.packets import BadPacket, build
from takevoice.osc.peers import Peer, UdpPeer, is_own
from takevoice.osc.throttled_log import ThrottledLog

log = logging.getLogger(__name__)

MAX_CONNECTIONS = 64
MAX_UNSENT = 1 << 20  # bytes; a client that leaves more unread is disconnected
READ_SIZE = 1 << 16  # bytes


class Connection:
    """The connection of a client (a `Peer`). Only the thread of the receiver reads it; any thread may write."""

    def __init__(self, opened: socket.socket, udp: socket.socket, wake: Callable[[], None]) -> None:
        opened.setblocking(False)
        self.socket, self._udp, self._wake = opened, udp, wake
        self.host = opened.getpeername()
        self.last_received = time.monotonic()
        self.open = True
        self.unsent = bytearray()
        self._framing: Framing | None = None
        self._lock = threading.Lock()

    @property
    def is_local(self) -> bool:
        """See `Peer`."""
        return is_own(self._udp.family, self.host)

    def read(self, on_packet: Callable[[bytes | BadPacket, Peer], None]) -> None:
        """Read and pass on what has arrived. Raise BadPacket or OSError if the connection must be closed."""
        data = self.socket.recv(READ_SIZE)
        if not data:
            raise ConnectionError("closed")
        self.last_received = time.monotonic()
        if self._framing is None:
            self._framing = framing_of(data)
        for packet in self._framing.feed(data):
            on_packet(packet, self)

    def refuse(self, error: BadPacket) -> None:
        """Say why the connection is closed now, in the framing that the client uses, or without one if it uses none."""
        packet = build("/takevoice/fail", "", "unreadable", str(error))
        with self._lock:
            self.unsent += packet if self._framing is None else self._framing.wrap(packet)
            self._flush()
            try:
                # Unread bytes would make the system drop what was just sent.
                while self.socket.recv(READ_SIZE):
                    pass
            except OSError:
                pass

    def send(self, packet: bytes) -> None:
        """See `Peer`. Buffers what the client has not read yet, up to MAX_UNSENT."""
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
        """Send as much of the buffer as the socket accepts."""
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
        """Close the connection and discard unsent data."""
        with self._lock:
            self.open = False
            self.unsent.clear()
            self.socket.close()

    def at(self, port: int) -> UdpPeer:
        """Return the peer at a UDP port of the same host."""
        return UdpPeer(self._udp, (self.host[0], port, *self.host[2:]))


class TcpReceiver:
    """Accepts connections and passes every packet to `on_packet`."""

    def __init__(
        self, listening: socket.socket, udp: socket.socket, on_packet: Callable[[bytes | BadPacket, Peer], None]
    ) -> None:
        self._listening, self._udp, self._on_packet = listening, udp, on_packet
        self._listening.setblocking(False)
        self._log = ThrottledLog(log)
        self._selector = selectors.DefaultSelector()
        self._woken, self._waker = socket.socketpair()
        for end in (self._woken, self._waker):
            end.setblocking(False)
        self._connections: set[Connection] = set()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="osc-tcp", daemon=True)

    def start(self) -> None:
        """Start accepting connections."""
        self._selector.register(self._listening, selectors.EVENT_READ)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._thread.start()

    def stop(self) -> None:
        """Close all connections and the socket."""
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
            pass  # the thread is awake already, or the socket is closed

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
                self._update(connection)

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
            self._log.warn("accept", f"an OSC connection could not be accepted: {error}")
            return False
        try:
            connection = Connection(opened, self._udp, self._wake)
        except OSError:
            opened.close()  # the client has disconnected already
            return True
        if len(self._connections) >= MAX_CONNECTIONS:
            self._log.warn(
                "many", f"more than {MAX_CONNECTIONS} OSC connections; closing the one that was idle longest"
            )
            self._close(min(self._connections, key=lambda each: each.last_received))
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
                connection.read(self._on_packet)
        except BadPacket as error:
            self._log.warn("frame", f"closing an OSC connection: {error}")
            connection.refuse(error)
            self._close(connection)
        except BlockingIOError:
            pass
        except OSError:
            self._close(connection)

    def _update(self, connection: Connection) -> None:
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
    """Return a listening socket; raise OSError if the port is in use."""
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

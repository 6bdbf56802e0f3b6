"""The OSC server: sockets, one thread that handles all requests in their order, subscriptions and heartbeats."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from takevoice.errors import TakevoiceError, printable
from takevoice.osc import packets
from takevoice.osc.arguments import BadArguments, read_arguments, request_id, without_reply_port
from takevoice.osc.packet_queue import PacketQueue
from takevoice.osc.packets import BadPacket, Message
from takevoice.osc.peers import Peer
from takevoice.osc.routes import OscRequest, OscRoutes
from takevoice.osc.subscriptions import Subscriptions
from takevoice.osc.table import REPLIES
from takevoice.osc.tcp import TcpReceiver, open_tcp
from takevoice.osc.throttled_log import ThrottledLog, TokenBucket
from takevoice.osc.udp import UdpReceiver, open_udp

log = logging.getLogger(__name__)

HEARTBEAT = 5.0  # seconds
UNKNOWN_ANSWERS = 50  # a second: more would only feed a loop of two programs that answer each other
_PORT_TRIES = 20


class OscServer:
    """Serves the routes on one port number, UDP and TCP. Port 0 takes a free one."""

    def __init__(
        self,
        host: str,
        port: int,
        routes: OscRoutes,
        failed: Callable[[OscRequest, str, str], None] | None = None,
        heartbeat: float = HEARTBEAT,
    ) -> None:
        """`failed` is told each request of a known address that was refused, with the code and the text."""
        self.host, self.port = host, port
        self._failed = failed
        self.routes = routes
        self._subscriptions = Subscriptions()
        self._heartbeat = heartbeat
        self._inbox = PacketQueue()
        self._quiet = ThrottledLog(log)
        self._unknown = TokenBucket(UNKNOWN_ANSWERS)
        self._stop = threading.Event()
        self._receivers: list[UdpReceiver | TcpReceiver] = []
        self._threads = [
            threading.Thread(target=self._handle, name="osc", daemon=True),
            threading.Thread(target=self._beat, name="osc-heartbeat", daemon=True),
        ]

    def start(self) -> None:
        """Opens the sockets and starts. Raises OSError when the port cannot be had."""
        udp, tcp = _open_both(self.host, self.port)
        self.port = udp.getsockname()[1]
        self._receivers = [UdpReceiver(udp, self._received), TcpReceiver(tcp, udp, self._received)]
        for thread in self._threads:
            thread.start()
        for receiver in self._receivers:
            receiver.start()

    def stop(self) -> None:
        """Handles what has been received, then closes everything."""
        self._stop.set()
        self._inbox.close()
        for thread in self._threads:
            thread.join(5)
        receivers, self._receivers = self._receivers, []
        for receiver in reversed(receivers):
            receiver.stop()

    def subscribe(self, peer: Peer, request_id: str, seconds: float) -> bool:
        """Starts or renews a lease, or with 0 ends it; False when there are too many."""
        return self._subscriptions.add(peer, request_id, seconds, time.monotonic())

    def publish(self, address: str, *values: Any) -> None:
        """Sends every subscriber a message, each with the id that it subscribed with."""
        for peer, subscriber, _ in self._subscriptions.current(time.monotonic()):
            peer.send(packets.build(address, subscriber, *values))

    def _received(self, packet: bytes, peer: Peer) -> None:
        if not self._inbox.put(packet, peer):
            self._quiet.warn("busy", "more OSC messages come than can be handled; some are dropped")
            peer.send(
                packets.build("/takevoice/fail", "", "busy", "too many requests wait; send it again later")
            )

    def _handle(self) -> None:
        while (item := self._inbox.get()) is not None:
            packet, peer = item
            try:
                for message in packets.read(packet):
                    self.handle(message, peer)
            except BadPacket as error:
                self._quiet.warn("packet", f"an OSC packet is left out: {printable(error)}")
            except Exception:
                log.exception("an OSC packet could not be handled")

    def handle(self, message: Message, peer: Peer) -> None:
        """Answers one message."""
        found = self.routes.table.get(message.address)
        if found is None or (message.address in REPLIES and len(message.arguments) > 1):
            self._answer_unknown(message, peer)
            return
        address, handler = found
        asked = request_id(message.arguments)
        request = OscRequest(address.address, asked, {}, peer)
        try:
            given, port = without_reply_port(message.arguments)
            if port is not None:
                request = OscRequest(address.address, asked, {}, peer.at(port))
            named, pairs = read_arguments(address, given)
            request = OscRequest(address.address, asked, named, request.peer, pairs)
            handler(request)
        except TakevoiceError as error:
            self._fail(request, error.code, str(error))
        except Exception as error:
            log.exception("%s failed", address.address)
            self._fail(request, "bug", f"{type(error).__name__}: {error}; the log has the details")

    def _fail(self, request: OscRequest, code: str, text: str) -> None:
        request.fail(code, text)
        if self._failed is not None:
            self._failed(request, code, text)

    def _answer_unknown(self, message: Message, peer: Peer) -> None:
        # Our own replies, sent back to us, are never answered: that would go on for ever.
        if message.address in REPLIES or not self._unknown.take():
            return
        near = self.routes.nearest(message.address)
        hint = f"did you mean {near}?" if near else f"there are {', '.join(self.routes.table)}"
        text = f"there is no address {printable(message.address)}; {hint}"
        try:
            port = without_reply_port(message.arguments)[1]
        except BadArguments:
            port = None
        to = peer.at(port) if port else peer
        OscRequest(message.address, request_id(message.arguments), {}, to).fail("unknown_address", text)

    def _beat(self) -> None:
        while not self._stop.wait(self._heartbeat):
            for peer, subscriber, left in self._subscriptions.current(time.monotonic()):
                peer.send(packets.build("/takevoice/heartbeat", subscriber, int(left)))


def probe(host: str, port: int) -> None:
    """Raises OSError when the port cannot be had."""
    for opened in _open_both(host, port):
        opened.close()


def _open_both(host: str, port: int) -> tuple[socket.socket, socket.socket]:
    """Both sockets on one number."""
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    where = str(address[0])
    for attempt in range(_PORT_TRIES):
        udp = open_udp(family, (where, port))
        try:
            return udp, open_tcp(family, (where, udp.getsockname()[1]))
        except OSError:
            udp.close()
            if port or attempt == _PORT_TRIES - 1:
                raise
    raise AssertionError

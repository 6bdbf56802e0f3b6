"""The OSC server: sockets, one thread that handles all requests in order, subscriptions and heartbeats."""

from __future__ import annotations

import dataclasses
import logging
import socket
import threading
import time
from collections.abc import Callable, Sequence, Set
from typing import Any

from takevoice.errors import TakevoiceError, printable
from takevoice.osc import packets
from takevoice.osc.addresses import REPLIES
from takevoice.osc.arguments import BadArguments, read_arguments, request_id, without_reply_port
from takevoice.osc.packet_queue import Packet, PacketQueue
from takevoice.osc.packets import BadPacket, Message
from takevoice.osc.patterns import is_pattern
from takevoice.osc.peers import Peer
from takevoice.osc.routes import OscRequest, OscRoutes, Route
from takevoice.osc.single_values import value_of
from takevoice.osc.subscriptions import Subscriptions
from takevoice.osc.tcp import TcpReceiver, open_tcp
from takevoice.osc.throttled_log import ThrottledLog, TokenBucket
from takevoice.osc.udp import UdpReceiver, open_udp

log = logging.getLogger(__name__)

HEARTBEAT = 5.0  # seconds
UNKNOWN_REPLIES = 50  # per second; limits loops between two programs that reply to each other
_PORT_TRIES = 20


class OscServer:
    """Serves the routes on one port, over UDP and TCP. Port 0 stands for any free port."""

    def __init__(
        self,
        host: str,
        port: int,
        routes: OscRoutes,
        on_failure: Callable[[OscRequest, str, str], None] | None = None,
        heartbeat: float = HEARTBEAT,
        on_message: Callable[[], None] = lambda: None,
    ) -> None:
        """`on_failure` is called with each failed request to a known address, the code and the text; `on_message` with
        nothing, before a message is handled."""
        self.host, self.port = host, port
        self._on_failure, self._on_message = on_failure, on_message
        self.routes = routes
        self._subscriptions = Subscriptions()
        self._heartbeat = heartbeat
        self._queue = PacketQueue(value_of)
        self._log = ThrottledLog(log)
        self._unknown_replies = TokenBucket(UNKNOWN_REPLIES)
        self._stop = threading.Event()
        self._receivers: list[UdpReceiver | TcpReceiver] = []
        self._threads = [
            threading.Thread(target=self._handle, name="osc", daemon=True),
            threading.Thread(target=self._send_heartbeats, name="osc-heartbeat", daemon=True),
        ]

    def start(self) -> None:
        """Open the sockets and start the threads. Raise OSError if the port is not available."""
        udp, tcp = _open_both(self.host, self.port)
        self.port = udp.getsockname()[1]
        for each in [(udp, tcp), *_open_ipv6(udp)]:
            self._receivers += [UdpReceiver(each[0], self._on_packet), TcpReceiver(each[1], each[0], self._on_packet)]
        for thread in self._threads:
            thread.start()
        for receiver in self._receivers:
            receiver.start()

    def stop(self) -> None:
        """Handle the packets received so far, then close all sockets."""
        self._stop.set()
        self._queue.close()
        for thread in self._threads:
            thread.join(5)
        receivers, self._receivers = self._receivers, []
        for receiver in reversed(receivers):
            receiver.stop()

    def subscribe(self, peer: Peer, request_id: str, seconds: float) -> bool:
        """Start or renew a subscription, or end it if `seconds` is 0. Return False if there are too many."""
        return self._subscriptions.add(peer, request_id, seconds, time.monotonic())

    def publish(self, address: str, *values: Any) -> None:
        """Send a message to every subscriber, with the request id of its subscription."""
        for peer, subscriber, _ in self._subscriptions.current(time.monotonic()):
            peer.send(packets.build(address, subscriber, *values))

    def broadcast(self, packet: bytes, without: Peer | None = None) -> Set[Peer]:
        """Send a packet once to every client that has subscribed, except one; return those that it was sent to."""
        peers = {peer for peer, _, _ in self._subscriptions.current(time.monotonic())} - {without}
        for peer in peers:
            peer.send(packet)
        return peers

    def has_subscribers(self) -> bool:
        """Return True if any client has subscribed."""
        return bool(self._subscriptions.current(time.monotonic()))

    def _on_packet(self, packet: Packet, peer: Peer) -> None:
        if not self._queue.put(packet, peer):
            self._log.warn("busy", "more OSC messages arrive than takevoice can handle; some are dropped")
            peer.send(
                packets.build(
                    "/takevoice/fail",
                    "",
                    "busy",
                    "too many requests are waiting; send the request again later",
                )
            )

    def _handle(self) -> None:
        while (item := self._queue.get()) is not None:
            packet, peer = item
            try:
                for message in packets.read(packet):
                    if isinstance(message, Message):
                        self.handle(message, peer)
                    else:
                        self._reject_unreadable(message, peer)
            except Exception:
                log.exception("an OSC packet could not be handled")

    def _reject_unreadable(self, error: BadPacket, peer: Peer) -> None:
        self._log.warn("packet", f"an OSC message cannot be read: {printable(error)}")
        if self._unknown_replies.take():
            OscRequest("", "", {}, peer).fail("unreadable", f"the message cannot be read: {printable(error)}")

    def handle(self, message: Message, peer: Peer) -> None:
        """Handle one message and send the replies."""
        self._on_message()
        id_ = request_id(message.arguments)  # for what the pair is wrong with
        found = self.routes.find(message.address)
        try:
            given, port = without_reply_port(message.arguments)
        except BadArguments as error:
            if found or message.address not in REPLIES:
                self._fail(OscRequest(message.address, id_, {}, peer), error.code, str(error))
            return
        id_, recipient = request_id(given), peer.at(port) if port is not None else peer
        if not found:
            self._reject_unknown(message, recipient)
            return
        for route in found:
            self._serve(route, given, OscRequest(route.spelled, id_ if route.address.takes_id else "", {}, recipient))

    def _serve(self, route: Route, given: Sequence[Any], request: OscRequest) -> None:
        try:
            named, pairs = read_arguments(route.address, given)
            request = dataclasses.replace(request, arguments={**route.parts, **named}, pairs=pairs)
            route.handler(request)
        except TakevoiceError as error:
            self._fail(request, error.code, str(error))
        except Exception as error:
            log.exception("%s failed", route.spelled)
            self._fail(request, "bug", f"{type(error).__name__}: {error}; see the log")

    def _fail(self, request: OscRequest, code: str, text: str) -> None:
        request.fail(code, text)
        if self._on_failure is not None:
            self._on_failure(request, code, text)

    def _reject_unknown(self, message: Message, recipient: Peer) -> None:
        # Never reply to takevoice's own replies: two servers would reply to each other for ever.
        if message.address in REPLIES or not self._unknown_replies.take():
            return
        request = OscRequest(message.address, request_id(message.arguments), {}, recipient)
        if is_pattern(message.address) and (named := self.routes.named_in_full(message.address)):
            request.fail("not_allowed", f"a pattern does not reach {', '.join(named)}; name the address in full")
            return
        near = self.routes.nearest(message.address)
        hint = f"did you mean {near}?" if near else f"the addresses are {', '.join(self.routes.handlers)}"
        what = "no address matches" if is_pattern(message.address) else "there is no address"
        text = f"{what} {printable(message.address)}; {hint}"
        request.fail("unknown_address", text)

    def _send_heartbeats(self) -> None:
        while not self._stop.wait(self._heartbeat):
            for peer, subscriber, left in self._subscriptions.current(time.monotonic()):
                peer.send(packets.build("/takevoice/heartbeat", subscriber, int(left)))


def _open_ipv6(udp: socket.socket) -> Sequence[tuple[socket.socket, socket.socket]]:
    """Open the same port of ::1 too where the server listens on 127.0.0.1: clients may take either for localhost."""
    host, port = udp.getsockname()[:2]
    if host == "127.0.0.1" and socket.has_ipv6:
        try:
            return [_open_both("::1", port)]
        except OSError as error:
            log.debug("OSC cannot listen on ::1 port %s: %s", port, error)
    return ()


def probe(host: str, port: int) -> None:
    """Raise OSError if the port is not available."""
    for opened in _open_both(host, port):
        opened.close()


def _open_both(host: str, port: int) -> tuple[socket.socket, socket.socket]:
    """Open both sockets on the same port number."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    # Where a name such as localhost has both, IPv4 is first: ::1 is added to it.
    family, _, _, _, address = min(found, key=lambda each: each[0] != socket.AF_INET)
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

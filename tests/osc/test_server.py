from __future__ import annotations

import logging
import mmap
import random
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pythonosc.osc_tcp_server import MODE_1_0, MODE_1_1
from pythonosc.tcp_client import SimpleTCPClient
from pythonosc.udp_client import SimpleUDPClient

from osc.clients import KILLERS, Client, bundle, client, echo_routes, nested, serving
from support import wait_for
from takevoice.errors import UnknownJob
from takevoice.osc.addresses import BY_ADDRESS, REPLIES
from takevoice.osc.packets import build
from takevoice.osc.peers import UdpPeer
from takevoice.osc.routes import OscRequest, OscRoutes
from takevoice.osc.server import OscServer, probe
from takevoice.osc.subscriptions import MAX_SUBSCRIBERS, Subscriptions
from takevoice.osc.tcp import MAX_CONNECTIONS

IN_USE = "10048" if sys.platform == "win32" else "in use"


@pytest.fixture
def server() -> Iterator[OscServer]:
    with serving(echo_routes()) as running:
        yield running


@pytest.fixture
def udp(server: OscServer) -> Iterator[Client]:
    with client(server.port) as opened:
        yield opened


def alive(port: int) -> bool:
    with client(port) as opened:
        return opened.ask("/test/echo", "alive", 1).arguments == ("alive", 1)


def test_a_reply_goes_to_the_sender_with_its_id(server: OscServer, udp: Client) -> None:
    with client(server.port) as other:
        udp.send("/test/echo", "a", 1)
        other.send("/test/echo", "b", "two")
        assert udp.receive().arguments == ("a", 1)
        assert other.receive().arguments == ("b", "two")
        assert udp.waiting() == other.waiting() == []


def test_it_starts_where_large_buffers_are_refused(habit: Callable[[str], None]) -> None:
    habit("small_socket_buffers")
    with serving(echo_routes()) as running:
        assert alive(running.port)
        probe("127.0.0.1", 0)


def test_a_reply_goes_to_the_port_that_is_named(server: OscServer, udp: Client) -> None:
    with client(server.port) as listening:
        udp.send("/test/echo", "a", 1, "reply_port", listening.port)
        assert listening.receive().arguments == ("a", 1)
        assert udp.waiting() == []


@pytest.mark.parametrize("address", ["/test/echo", "/takevoice/version", "/nothing"])
def test_a_reply_port_that_is_none_is_answered_at_the_sender(address: str) -> None:
    routes = echo_routes()
    routes.add(BY_ADDRESS["/takevoice/version"], lambda request: request.reply("/takevoice/version", "1"))
    with serving(routes) as server, client(server.port) as udp:
        id_, code, text = udp.ask(address, "id", "reply_port", 70_000).arguments
    assert (id_, code) == ("id", "arguments")
    assert "reply_port" in text


def test_python_osc_over_udp(server: OscServer) -> None:
    with SimpleUDPClient("127.0.0.1", server.port, timeout=10) as simple:
        simple.send_message("/test/echo", ["id", 1.5])
        assert next(simple.get_messages()).params == ["id", 1.5]


@pytest.mark.parametrize("mode", [MODE_1_0, MODE_1_1])
def test_python_osc_over_tcp(server: OscServer, mode: str) -> None:
    with SimpleTCPClient("127.0.0.1", server.port, mode=mode, timeout=10) as simple:
        for number in (1, 192, 219):
            simple.send_message("/test/echo", ["id", number])
            assert next(simple.get_messages()).params == ["id", number]


def test_the_messages_of_a_bundle_are_done_at_once_whenever_they_are_for(udp: Client) -> None:
    an_hour_ahead = (0xFFFFFFFF << 32) | 1
    udp.raw(bundle(build("/test/echo", "1"), bundle(build("/test/echo", "2")), time_tag=an_hour_ahead))
    assert [udp.receive().arguments[0] for _ in range(2)] == ["1", "2"]


def test_an_unknown_address_is_answered_with_the_nearest(udp: Client) -> None:
    code, text = udp.ask("/test/ecko", "id").arguments[1:]
    assert code == "unknown_address"
    assert "did you mean /test/echo?" in text


def test_our_own_replies_are_never_answered(server: OscServer, udp: Client) -> None:
    for address in set(REPLIES) - set(BY_ADDRESS):
        udp.send(address, "id", "unknown_address", "x")
    # Replies sent to the server itself must not go round for ever.
    udp.send("/test/ecko", "id", "reply_port", server.port)
    assert udp.ask("/test/echo", "still").arguments == ("still",)
    assert [message for message in udp.seen if message.address == "/takevoice/fail"] == []


def test_answers_to_unknown_addresses_are_limited(udp: Client) -> None:
    for _ in range(500):
        udp.send("/1/fader7", 0.5)
    udp.send("/test/echo", "end")
    udp.until("/test/echoed", "end")
    assert len(udp.seen) < 200


def test_errors_of_a_handler_are_answered(caplog: pytest.LogCaptureFixture) -> None:
    def unknown(_: OscRequest) -> None:
        raise UnknownJob("there is no job 7")

    def broken(_: OscRequest) -> None:
        raise ZeroDivisionError("oh")

    routes = echo_routes()
    routes.serve("/test/unknown", [], "", "", unknown)
    routes.serve("/test/broken", [], "", "", broken)
    failures: list[str] = []
    with (
        serving(routes, on_failure=lambda _, code, __: failures.append(code)) as server,
        client(server.port) as udp,
    ):
        assert udp.ask("/test/unknown", "a").arguments == ("a", "unknown_job", "there is no job 7")
        assert udp.ask("/test/broken", "b").arguments[1] == "bug"
        assert udp.ask("/test/echo", "c").arguments == ("c",)
    assert failures == ["unknown_job", "bug"]
    assert "ZeroDivisionError" in caplog.text


def test_addresses_are_given_once() -> None:
    routes = echo_routes()
    with pytest.raises(ValueError, match="exists already"):
        routes.serve("/test/echo", [], "", "", print)
    with pytest.raises(ValueError, match="replies"):
        routes.serve("/takevoice/done", [], "", "", print)
    with pytest.raises(ValueError, match="not an OSC address"):
        routes.serve("echo", [], "", "", print)


def test_a_port_in_use_is_an_error(server: OscServer) -> None:
    with pytest.raises(OSError, match=IN_USE):
        OscServer("127.0.0.1", server.port, OscRoutes()).start()
    with pytest.raises(OSError, match=IN_USE):
        probe("127.0.0.1", server.port)


def test_leases_end_and_are_renewed() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ours:
        a, b = (UdpPeer(ours, ("127.0.0.1", port)) for port in (1, 2))
        leases = Subscriptions()
        assert leases.add(a, "x", 10, now=0)
        assert leases.add(b, "x", 20, now=0)
        assert leases.add(a, "x", 10, now=5)
        assert [(peer, left) for peer, _, left in leases.current(12)] == [(a, 3), (b, 8)]
        assert [peer for peer, _, _ in leases.current(15)] == [b]
        assert leases.add(b, "x", 0, now=16)
        assert leases.current(16) == []
        assert all(leases.add(a, str(n), 10, now=20) for n in range(MAX_SUBSCRIBERS))
        assert not leases.add(b, "one more", 10, now=20)
        assert leases.add(b, "one more", 10, now=31)


def test_every_subscriber_hears_with_its_own_id_and_feels_the_heart() -> None:
    with (
        serving(echo_routes(), heartbeat=0.05) as server,
        client(server.port) as one,
        client(server.port) as two,
    ):
        for name, opened in (("one", one), ("two", two)):
            opened.ask("/test/echo", name)
            server.subscribe(UdpPeer(opened.socket, ("127.0.0.1", 9)), "nobody", 1.0)
            server.subscribe(_peer(server, opened), name, 60.0)
        server.publish("/takevoice/job", 1, "done", 1.0, "/x")
        assert one.until("/takevoice/job") == ("one", 1, "done", 1.0, "/x")
        assert two.until("/takevoice/job") == ("two", 1, "done", 1.0, "/x")
        assert one.until("/takevoice/heartbeat")[0] == "one"


def _peer(server: OscServer, opened: Client) -> UdpPeer:
    return UdpPeer(opened.socket, ("127.0.0.1", opened.port))


def test_a_burst_of_two_thousand_loses_none(server: OscServer, udp: Client) -> None:
    udp.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    answered: set[str] = set()
    listening = threading.Thread(
        target=lambda: answered.update(udp.receive().arguments[0] for _ in range(2000))
    )
    listening.start()
    with client(server.port) as sender:
        for number in range(2000):
            sender.send("/test/echo", f"{number}", "reply_port", udp.port)
        listening.join(20)
    assert answered == {str(number) for number in range(2000)}


@pytest.mark.parametrize("name", KILLERS)
def test_packets_that_stop_others_do_not_stop_it(server: OscServer, udp: Client, name: str) -> None:
    udp.raw(KILLERS[name])
    with socket.create_connection(("127.0.0.1", server.port)) as tcp:
        tcp.sendall(struct.pack(">I", len(KILLERS[name])) + KILLERS[name])
        assert alive(server.port)


def mutated(random_: random.Random) -> bytes:
    good = [
        build("/test/echo", "id", 7),
        build("/takevoice/convert", "id", "/x/take.wav", "voice", "ada", "stability", 0.5),
        bundle(build("/test/echo", "id"), build("/test/echo", "id", 1.0), time_tag=random_.getrandbits(64)),
        nested(9),
        *KILLERS.values(),
    ]
    packet = bytearray(random_.choice(good)[:2000])
    match random_.randrange(5):
        case 0:
            return random_.randbytes(random_.randrange(1, 200))
        case 1:
            return bytes(packet[: random_.randrange(1, len(packet) + 1)])
        case 2:
            for _ in range(random_.randrange(1, 8)):
                packet[random_.randrange(len(packet))] = random_.randrange(256)
        case 3:
            at = random_.randrange(len(packet))
            packet[at:at] = struct.pack(">i", random_.choice([-1, -4, 0, 1, 1 << 31 - 1, 4]))
        case _:
            packet *= random_.randrange(1, 4)
    return bytes(packet)


def memory() -> int:
    """Resident bytes."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * mmap.PAGESIZE
    except OSError:
        return 0


def test_twenty_thousand_bad_datagrams(
    server: OscServer, udp: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    random_ = random.Random(7)
    packets = [mutated(random_) for _ in range(20_000)]
    assert alive(server.port)
    before = memory()
    for number, packet in enumerate(packets):
        udp.raw(packet)
        if number % 1000 == 0:
            assert alive(server.port)
            udp.waiting()
    assert alive(server.port)
    assert memory() - before < 20e6
    assert len(caplog.records) < 20, caplog.text[:2000]


def test_bad_tcp_streams(server: OscServer, caplog: pytest.LogCaptureFixture) -> None:
    random_ = random.Random(8)
    before = memory()
    for number in range(1500):
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as tcp:
            packet = mutated(random_)
            head = random_.choice(
                [b"\xc0", struct.pack(">I", len(packet)), b"", struct.pack(">I", 1 << 31), b"\0\0"]
            )
            try:
                tcp.sendall(head + packet)
            except ConnectionError:
                pass
        if number % 250 == 0:
            assert alive(server.port)
    assert alive(server.port)
    with SimpleTCPClient("127.0.0.1", server.port, mode=MODE_1_0, timeout=10) as simple:
        simple.send_message("/test/echo", ["id", 1])
        assert next(simple.get_messages()).params == ["id", 1]
    assert memory() - before < 20e6
    assert len(caplog.records) < 20, caplog.text[:2000]


def test_many_connections_do_not_shut_others_out(server: OscServer) -> None:
    silent = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(MAX_CONNECTIONS + 20)]
    try:
        with SimpleTCPClient("127.0.0.1", server.port, mode=MODE_1_0, timeout=10) as simple:
            simple.send_message("/test/echo", ["id", 1])
            assert next(simple.get_messages()).params == ["id", 1]
    finally:
        for each in silent:
            each.close()


def test_a_client_that_does_not_read_is_dropped_and_nobody_waits(server: OscServer) -> None:
    deaf = socket.create_connection(("127.0.0.1", server.port))
    try:
        packet = build("/test/echo", "id", "x" * 8000)
        frame = struct.pack(">I", len(packet)) + packet
        deaf.setblocking(False)

        def dropped() -> bool:
            try:
                for _ in range(50):
                    deaf.send(frame)
            except BlockingIOError:
                return False
            except ConnectionError:
                return True
            return False

        wait_for(dropped)
        assert alive(server.port)
    finally:
        deaf.close()

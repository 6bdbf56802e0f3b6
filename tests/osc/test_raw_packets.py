"""Packets as the specification of OSC has them, and what comes back: every message gets an answer."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from typing import Any

import pytest

from osc.clients import serving
from osc.raw import Surface, bundled, message, padded, parsed, surface
from takevoice.osc.routes import OscRequest, OscRoutes
from takevoice.osc.server import OscServer

HOUR = 3600 << 32


def routes() -> OscRoutes:
    """Addresses that reply with what they read."""

    def reply(request: OscRequest) -> None:
        request.reply("/test/read", *[str(value) for value in request.arguments.values()])

    made = OscRoutes()
    for name in ("text", "other"):
        made.serve(f"/test/{name}", ["[value]"], "", "for tests", reply)
    made.serve("/test/needs", ["value"], "", "for tests", reply)
    return made


@pytest.fixture(scope="module")
def server() -> Iterator[OscServer]:
    with serving(routes()) as running:
        yield running


@pytest.fixture
def client(server: OscServer) -> Iterator[Surface]:
    with surface(server.port) as opened:
        yield opened


@pytest.mark.parametrize(
    ("tags", "values", "read"),
    [
        ("s", ["text"], "text"),
        ("S", ["symbol"], "symbol"),
        ("c", ["k"], "k"),
        ("i", [7], "7"),
        ("h", [1 << 40], str(1 << 40)),
        ("f", [0.5], "0.5"),
        ("d", [0.25], "0.25"),
        ("T", [], "True"),
        ("F", [], "False"),
        ("[s]", ["in an array"], "in an array"),
    ],
)
def test_types_are_read_by_their_meaning(client: Surface, tags: str, values: list[Any], read: str) -> None:
    answer = client.ask("/test/text", f"s{tags}", "id", *values)
    assert answer[:2] == ["/test/read", "id"]
    assert answer[2].strip("(),'") == read


@pytest.mark.parametrize(("tag", "value"), [("S", "id"), ("c", "k"), ("i", 7), ("h", 7), ("t", 7)])
def test_an_id_may_be_of_any_type_that_has_a_text(client: Surface, tag: str, value: Any) -> None:
    assert client.ask("/test/text", tag, value) == ["/test/read", str(value)]


@pytest.mark.parametrize("tags", [None, "", "I", "T", "N"])
def test_a_button_needs_no_id(client: Surface, tags: str | None) -> None:
    assert client.ask("/test/text", tags) == ["/test/read", ""]


@pytest.mark.parametrize(
    ("packet", "why"),
    [
        (padded(b"/test/text") + padded(b"no tags"), "type tags are missing"),
        (message("/test/text", "s", "id")[:-4], "fewer arguments"),
        (padded(b"/test/text") + padded(b",sz") + padded(b"id"), "'z' is not known"),
        (message("/test/text", "s[s", "id", "x"), "without its ]"),
        (message("/test/text", "s]s", "id", "x"), "without its ["),
        (padded(b"/test/text") + padded(b",sb") + padded(b"id") + struct.pack(">i", -8), "blob"),
        (message("/test/text", "s" * 200, *["x"] * 200), "more than 128 arguments"),
        (b"/test/text", "text without its end|multiple of 4"),
        (b"hello\0\0\0", "neither a message"),
        (b"#bundle\0\0\0", "time tag"),
        (bundled()[:-8] + struct.pack(">Qi", 1, -4), "element of -4 bytes"),
        (bundled() + struct.pack(">i", 1 << 30), "element of 1073741824 bytes"),
    ],
)
def test_what_cannot_be_read_is_answered_with_the_reason(client: Surface, packet: bytes, why: str) -> None:
    client.send(packet)
    address, id_, code, text = client.receive()
    assert (address, id_, code) == ("/takevoice/fail", "", "unreadable")
    assert any(part in text for part in why.split("|")), text


@pytest.mark.parametrize(("tag", "value"), [("b", b"x1"), ("m", b"\0\x90\x3c\x40"), ("r", 0xFF0000FF)])
def test_what_means_nothing_is_refused_by_name_with_the_id(client: Surface, tag: str, value: Any) -> None:
    answer = client.ask("/test/text", f"s{tag}", "id", value)
    assert answer[:3] == ["/takevoice/fail", "id", "arguments"]
    assert f"(type {tag})" in answer[3]
    assert "/test/text takes id, [value]" in answer[3]


def test_bytes_that_are_no_utf8_are_answered(client: Surface) -> None:
    assert client.ask("/test/text", "s", b"\xc4x") == ["/test/read", r"\udcc4x"]


def test_one_bad_element_does_not_cost_its_bundle(client: Surface) -> None:
    bad = padded(b"/test/text") + padded(b",z")
    client.send(bundled(message("/test/text", "s", "1"), bad, b"odd!", bundled(bad, message("/test/text", "s", "2"))))
    answers = [client.receive() for _ in range(5)]
    assert [answer[1] for answer in answers if answer[0] == "/test/read"] == ["1", "2"]
    assert [answer[2] for answer in answers if answer[0] == "/takevoice/fail"] == ["unreadable"] * 3


@pytest.mark.parametrize("when", [0, 1, HOUR, (1 << 64) - 1])
def test_bundles_are_done_at_once_and_empty_ones_are_fine(client: Surface, when: int) -> None:
    client.send(bundled(when=when))
    client.send(bundled(bundled(), message("/test/text", "s", "in it"), when=when))
    assert client.receive() == ["/test/read", "in it"]


@pytest.mark.parametrize(
    ("pattern", "reached"),
    [
        ("/test/*", 3),
        ("/test/t*t", 1),
        ("/test/te?t", 1),
        ("/test/[a-t]ext", 1),
        ("/test/[!a-n]*", 2),
        ("/test/{text,other}", 2),
        ("/{test,else}/{oth,te}*", 2),
        ("/te*/n*", 1),
    ],
)
def test_address_patterns_reach_what_they_match(client: Surface, pattern: str, reached: int) -> None:
    client.send(message(pattern, "ss", "id", "x"))
    client.send(message("/test/text", "s", "last"))
    answers = [client.receive() for _ in range(reached + 1)]
    assert answers == [["/test/read", "id", "x"]] * reached + [["/test/read", "last"]]


@pytest.mark.parametrize("pattern", ["/*", "/test*", "/test/[x]ext", "/test/{a,b}", "/test/[a-t", "/test/{text", "/test/te?"])
def test_a_pattern_that_matches_nothing_is_answered(client: Surface, pattern: str) -> None:
    assert client.ask(pattern, "s", "id")[:3] == ["/takevoice/fail", "id", "unknown_address"]


def test_each_address_that_a_pattern_matches_answers_for_itself(client: Surface) -> None:
    client.send(message("/test/*", "s", "id"))
    answers = sorted(client.receive()[0] for _ in range(3))
    assert answers == ["/takevoice/fail", "/test/read", "/test/read"]


@pytest.mark.parametrize("address", ["/test/text", "/nothing/here", "/test/needs"])
def test_a_reply_port_holds_for_every_address(server: OscServer, client: Surface, address: str) -> None:
    with surface(server.port) as listening:
        client.send(message(address, "ssi", "id", "reply_port", listening.port))
        assert listening.receive()[1] == "id"
        client.send(message("/test/text", "s", "next"))
        assert client.receive() == ["/test/read", "next"]


def test_ipv6_is_localhost_too(server: OscServer) -> None:
    if not socket.has_ipv6:
        pytest.skip("this Python has no IPv6")
    try:
        opened = Surface(server.port, "::1")
    except OSError:
        pytest.skip("this machine has no ::1")
    with opened.socket:
        assert opened.ask("/test/text", "s", "six") == ["/test/read", "six"]
    with socket.create_connection(("::1", server.port), timeout=15) as tcp:
        packet = message("/test/text", "s", "six")
        tcp.sendall(struct.pack(">I", len(packet)) + packet)
        assert parsed(tcp.recv(4096)[4:]) == ["/test/read", "six"]


@pytest.mark.parametrize("packet", [message("/test/text", "s", "id"), bundled(message("/test/text", "s", "id"))])
def test_unframed_tcp_is_told_why_it_is_closed(server: OscServer, packet: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=15) as tcp:
        tcp.sendall(packet)
        address, _, code, text = parsed(_all_of(tcp))
    assert (address, code) == ("/takevoice/fail", "unreadable")
    assert "size" in text
    assert "SLIP" in text


def _all_of(tcp: socket.socket) -> bytes:
    """What comes until the other side closes."""
    data = b""
    while chunk := tcp.recv(4096):
        data += chunk
    return data

"""Packets written byte by byte, as controllers and other programs send them: each gets an answer that says what became of it."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from typing import Any

import pytest

from osc.clients import serving
from osc.raw import Raw, bundle, message, raw, read
from takevoice.osc.addresses import BY_ADDRESS
from takevoice.osc.patterns import matches
from takevoice.osc.routes import OscRequest, OscRoutes, part_of
from takevoice.osc.server import UNKNOWN_REPLIES, OscServer


def routes() -> OscRoutes:
    """Addresses of the core, which reply with what was read."""
    made = OscRoutes()

    def answer(request: OscRequest) -> None:
        shown = [*request.arguments.values(), *(each for pair in request.pairs for each in pair)]
        request.reply("/read", *map(repr, shown))

    for name in ("cancel", "retry", "release", "convert", "track/set", "version", "status", "pause", "resume", "subscribe"):
        made.add(BY_ADDRESS[f"/takevoice/{name}"], answer)
    made.add(BY_ADDRESS["/takevoice/paused"], lambda request: request.answer(repr(request.arguments)))
    made.add(
        BY_ADDRESS["/takevoice/track/TRACK/KEY"],
        lambda request: request.answer(" ".join(f"{k}={v}" for k, v in request.arguments.items())),
    )
    made.expand(lambda: ["Anna", "Lead Vox", "Größe/2"], ["stability", "style", "seed"])
    return made


@pytest.fixture
def server() -> Iterator[OscServer]:
    with serving(routes()) as running:
        yield running


@pytest.fixture
def udp(server: OscServer) -> Iterator[Raw]:
    with raw(server.port) as opened:
        yield opened


@pytest.mark.parametrize(
    ("tags", "arguments", "job"),
    [
        ("si", ["id", 7], 7),
        ("sf", ["id", 7.0], 7),
        ("sd", ["id", 7.0], 7),
        ("sh", ["id", 1 << 40], 1 << 40),
        ("st", ["id", 7], 7),
        ("ss", ["id", "7"], 7),
        ("SS", ["id", "7"], 7),
        ("sc", ["id", "7"], 7),
        ("s[i]", ["id", 7], 7),
        ("[s]i", ["id", 7], 7),
        ("sIi", ["id", 7], 7),
    ],
)
def test_a_type_is_read_by_its_meaning(udp: Raw, tags: str, arguments: list[Any], job: int) -> None:
    assert udp.ask("/takevoice/cancel", tags, *arguments) == ("/read", "id", repr(job))


@pytest.mark.parametrize(
    ("tags", "arguments", "value"),
    [
        ("f", [0.4], "0.4"),
        ("d", [0.4], "0.4"),
        ("T", [], "True"),
        ("F", [], "False"),
        ("c", ["x"], "'x'"),
        ("[ii]", [2, 4], "(2, 4)"),
        ("N", [], "None"),
    ],
)
def test_a_value_keeps_its_type(udp: Raw, tags: str, arguments: list[Any], value: str) -> None:
    answer = udp.ask("/takevoice/track/set", "sss" + tags, "id", "Anna", "stability", *arguments)
    assert answer == ("/read", "id", "'Anna'", "'stability'", value)


@pytest.mark.parametrize(
    ("tags", "arguments", "what"),
    [
        ("sb", ["id", b"\1\2\3"], "a blob (type b) cannot be used"),
        ("sr", ["id", 255], "a colour (type r) cannot be used"),
        ("sm", ["id", b"\0\x90\x3c\x40"], "a MIDI message (type m) cannot be used"),
        ("s[ii]", ["id", 1, 2], "job must be an integer"),
        ("sN", ["id"], "job must be an integer"),
    ],
)
def test_a_type_without_meaning_is_named(udp: Raw, tags: str, arguments: list[Any], what: str) -> None:
    address, id_, code, text = udp.ask("/takevoice/cancel", tags, *arguments)
    assert (address, id_, code) == ("/takevoice/fail", "id", "arguments")
    assert what in text


@pytest.mark.parametrize(
    ("packet", "what"),
    [
        (message("/takevoice/version", "sx", "id"), "the argument type 'x' is not known"),
        (message("/takevoice/version", "s" * 200, *["a"] * 200), "more than 128 arguments"),
        (message("/takevoice/version") + b"x1\0\0", "the type tags are missing"),
        (message("/takevoice/cancel", "si", "id", 7)[:-4], "fewer arguments than type tags"),
        (message("/takevoice/cancel", "si]", "id", 7), "a ] without its ["),
        (message("/takevoice/cancel", "s[i", "id", 7), "an array without its ]"),
        (message("/takevoice/version", "s", "id") + b"\n", "no multiple of 4"),
        (b"takevoice/version\0\0\0", "neither a message, which begins with /, nor a bundle"),
        (b"#bundle\0", "a bundle without a time tag"),
        (message("/x", "s", "x" * 17_000), "the limit is 16384"),
    ],
)
def test_what_cannot_be_read_is_answered(udp: Raw, packet: bytes, what: str) -> None:
    udp.send(packet)
    address, id_, code, text = udp.receive()
    assert (address, id_, code) == ("/takevoice/fail", "", "unreadable")
    assert what in text


def test_answers_to_what_cannot_be_read_are_limited(udp: Raw) -> None:
    for _ in range(300):
        udp.send(b"nonsense")
    udp.send(message("/takevoice/version", "s", "end"))
    assert len(udp.until("/read")) < 3 * UNKNOWN_REPLIES


@pytest.mark.parametrize(("tags", "extra"), [("ss", ["more"]), ("sr", [255]), ("st", [1])])
def test_what_has_the_address_of_a_reply_is_answered_too(udp: Raw, tags: str, extra: list[Any]) -> None:
    assert udp.ask("/takevoice/version", tags, "id", *extra)[:3] == ("/takevoice/fail", "id", "arguments")


def test_a_name_in_latin_1_arrives(udp: Raw) -> None:
    assert udp.ask("/takevoice/convert", "ss", "id", b"/x/M\xfcller.wav")[2] == repr("/x/M\\udcfcller.wav")


def test_a_bad_element_does_not_cost_its_bundle(udp: Raw) -> None:
    good = [message("/takevoice/cancel", "si", name, 1) for name in ("one", "two", "three")]
    udp.send(bundle(good[0], message("/takevoice/cancel", "sx", "bad"), bundle(b"odd!", good[1]), good[2]))
    replies = [udp.receive() for _ in range(5)]
    assert [each[1] for each in replies] == ["one", "", "", "two", "three"]


def test_an_empty_bundle_is_fine(udp: Raw) -> None:
    udp.send(bundle())
    assert udp.ask("/takevoice/version", "s", "next") == ("/read", "next")


@pytest.mark.parametrize(("tags", "id_"), [(None, ""), ("", ""), ("T", ""), ("N", ""), ("I", ""), ("f", "1"), ("s", "key")])
def test_a_button_needs_no_request_id(udp: Raw, tags: str | None, id_: str) -> None:
    given = {"f": [1.0], "s": ["key"]}.get(tags or "", [])
    assert udp.ask("/takevoice/pause", tags, *given) == ("/read", id_)


def test_a_button_that_is_let_go_of_does_nothing(udp: Raw) -> None:
    assert udp.ask("/takevoice/resume", "F")[:3] == ("/takevoice/fail", "", "arguments")


@pytest.mark.parametrize("name", ["version", "status", "cancel", "pause", "paused", "track/Anna/stability", "unknown"])
def test_every_address_replies_to_the_port_that_is_named(udp: Raw, server: OscServer, name: str) -> None:
    with raw(server.port) as listening:
        given = {"cancel": ["id", 7], "paused": [], "track/Anna/stability": []}.get(name, ["id"])
        tags = "".join("i" if isinstance(each, int) else "s" for each in given) + "si"
        udp.send(message(f"/takevoice/{name}", tags, *given, "reply_port", listening.port))
        assert listening.receive()
    udp.send(message("/takevoice/version", "s", "after"))
    assert udp.receive() == ("/read", "after")


@pytest.mark.parametrize(
    ("pattern", "ids"),
    [
        ("/takevoice/ver*", 1),
        ("/takevoice/{status,version}", 2),
        ("/takevoice/[ps]*", 2),  # paused and status, not pause and subscribe
        ("/*/vers?on", 1),
        ("/takevoice/[!a-u]*", 1),  # version
    ],
)
def test_an_address_pattern_reaches_each_address_that_it_matches(udp: Raw, pattern: str, ids: int) -> None:
    udp.send(message(pattern))
    replies = [udp.receive() for _ in range(ids)]
    udp.send(message("/takevoice/version", "s", "after"))
    assert udp.receive() == ("/read", "after")
    assert len(replies) == ids


def test_a_pattern_reaches_the_tracks_that_are_known(udp: Raw) -> None:
    udp.send(message("/takevoice/track/*/st*", "f", 0.5))
    assert [udp.receive()[:2] for _ in range(6)] == [
        (f"/takevoice/track/{part}/{key}", f"track={track} key={key} value=0.5")
        for track, part in (("Anna", "Anna"), ("Lead Vox", "Lead%20Vox"), ("Größe/2", "Gr%C3%B6%C3%9Fe%2F2"))
        for key in ("stability", "style")
    ]


@pytest.mark.parametrize(("part", "track"), [("Lead%20Vox", "Lead Vox"), ("Le?d%20*", "Lead Vox"), ("Lead Vox", "Lead Vox"), ("New%20One", "New One")])
def test_a_pattern_takes_the_name_of_a_track_as_addresses_have_it(udp: Raw, part: str, track: str) -> None:
    """One that is named in full need not be known."""
    udp.send(message(f"/takevoice/track/{part}/{{style,stability}}", "f", 0.5))
    assert [udp.receive()[1] for _ in range(2)] == [f"track={track} key={key} value=0.5" for key in ("stability", "style")]


def test_a_pattern_that_matches_nothing_is_unknown(udp: Raw) -> None:
    for pattern in ("/takevoice/x*", "/takevoice/[ver", "/takevoice/{version", "/takevoice/track//s*"):
        answer = udp.ask(pattern, "s", "id")
        assert answer[:3] == ("/takevoice/fail", "id", "unknown_address")
        assert answer[3].startswith(f"no address matches {pattern}; the addresses are /")


def test_no_address_is_suggested_that_is_not_similar(udp: Raw) -> None:
    for address, hint in (("/takevoice", "the addresses are"), ("/takevoice/zzz", "the addresses are"), ("/takevoice/verson", "did you mean /takevoice/version?"), ("/Takevoice/Status", "did you mean /takevoice/status?")):
        assert hint in udp.ask(address, "s", "id")[3]


@pytest.mark.parametrize("track", ["Anna", "Lead Vox", "Größe/2", "100%", "a{b}#*?", "50%20"])
def test_the_name_of_a_track_survives_in_an_address(udp: Raw, track: str) -> None:
    part = part_of(track)
    assert part.isascii()
    assert not set(part) & set(" #*,/?[]{}")
    address = f"/takevoice/track/{part}/stability"
    assert udp.ask(address, "f", 0.5) == (address, f"track={track} key=stability value=0.5")


def test_a_track_may_be_spelt_as_it_is(udp: Raw) -> None:
    for address in ("/takevoice/track/Lead Vox/style", "/takevoice/track/Größe/style"):
        assert udp.ask(address, "f", 0.5)[0] == address


def test_clients_that_take_localhost_for_its_ipv6_address(server: OscServer) -> None:
    if not has_ipv6():
        pytest.skip("this machine has no IPv6")
    with raw(server.port, "::1") as udp:
        assert udp.ask("/takevoice/version", "s", "v6") == ("/read", "v6")
    with socket.create_connection(("::1", server.port), 10) as tcp:
        packet = message("/takevoice/version", "s", "v6")
        tcp.sendall(struct.pack(">I", len(packet)) + packet)
        size = struct.unpack(">I", tcp.recv(4))[0]
        assert read(tcp.recv(size)) == ("/read", "v6")


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.parametrize("packet", [message("/takevoice/version", "s", "id"), bundle(message("/takevoice/version"))])
def test_tcp_without_framing_is_told_why(server: OscServer, packet: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port), 10) as tcp:
        tcp.sendall(packet)
        answer = b"".join(iter(lambda: tcp.recv(4096), b""))
    assert read(answer)[:3] == ("/takevoice/fail", "", "unreadable")
    assert "framing" in read(answer)[3]


def test_a_broken_slip_frame_is_answered_and_the_next_one_is_read(server: OscServer) -> None:
    with socket.create_connection(("127.0.0.1", server.port), 10) as tcp:
        tcp.sendall(b"\xc0/a\xdb\x01\xc0" + message("/takevoice/version", "s", "id") + b"\xc0")
        answer = b""
        while answer.count(b"\xc0") < 4:
            answer += tcp.recv(4096)
    broken, version = (read(each) for each in answer.split(b"\xc0") if each)
    assert broken[:3] == ("/takevoice/fail", "", "unreadable")
    assert "escape" in broken[3]
    assert version[:2] == ("/read", "id")


def test_a_frame_that_is_too_large_is_told_in_its_framing(server: OscServer) -> None:
    with socket.create_connection(("127.0.0.1", server.port), 10) as tcp:
        tcp.sendall(struct.pack(">I", 1 << 20))
        answer = b"".join(iter(lambda: tcp.recv(4096), b""))
    assert struct.unpack(">I", answer[:4])[0] == len(answer) - 4
    assert read(answer[4:])[:3] == ("/takevoice/fail", "", "unreadable")


@pytest.mark.parametrize(
    ("pattern", "name", "matched"),
    [
        ("a*c", "abbc", True), ("a*c", "abb", False), ("*", "", True), ("a?c", "ac", False), ("[a-c]x", "bx", True),
        ("[!a-c]x", "bx", False), ("[c-a]", "b", True), ("[a-]", "-", True), ("[a!]", "!", True), ("[]", "a", False),
        ("{foo,bar}z", "barz", True), ("{foo,bar}z", "foo", False), ("{a,ab}c", "abc", True), ("[a", "a", False), ("a}", "a", False),
    ],
)  # fmt: skip
def test_patterns(pattern: str, name: str, *, matched: bool) -> None:
    assert matches(pattern, name) is matched


def test_a_pattern_made_to_take_long_takes_a_moment() -> None:
    assert not matches("*a" * 120 + "b", "a" * 250)
    assert not matches("{" + "a,aa," * 20 + "}" * 1 + "*{a,aa}" * 30 + "x", "a" * 250)

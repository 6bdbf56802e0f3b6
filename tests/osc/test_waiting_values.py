"""A fader that moves faster than takevoice can follow: of the values that wait only the newest is set, and all else keeps its order."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from osc.clients import serving
from osc.raw import Raw, bundle, message, raw
from support import wait_for
from takevoice.osc.addresses import BY_ADDRESS
from takevoice.osc.packet_queue import MAX_PACKETS, PacketQueue
from takevoice.osc.routes import OscRequest, OscRoutes
from takevoice.osc.server import OscServer
from takevoice.osc.single_values import value_of

FADER = "/takevoice/track/Anna/stability"


class Busy:
    """A server whose thread is busy until `free` is set; `done` has what it was asked for after that."""

    def __init__(self) -> None:
        self.free = threading.Event()
        self.started = threading.Event()
        self.done: list[tuple[object, ...]] = []
        self.routes = OscRoutes()
        self.routes.serve("/test/wait", [], "", "", self._wait)
        self.routes.add(BY_ADDRESS["/takevoice/track/TRACK/KEY"], self._value)
        self.routes.add(BY_ADDRESS["/takevoice/convert"], self._convert)

    def _wait(self, _: OscRequest) -> None:
        self.started.set()
        self.free.wait(30)

    def _value(self, request: OscRequest) -> None:
        self.done.append((request.arguments["track"], round(request.arguments.get("value", -1), 3)))
        request.answer(request.arguments.get("value", -1))

    def _convert(self, request: OscRequest) -> None:
        self.done.append(("convert", request.id))
        request.ok()

    @contextmanager
    def clients(self, server: OscServer) -> Iterator[tuple[Raw, Raw]]:
        with raw(server.port) as one, raw(server.port) as other:
            one.send(message("/test/wait", "s", "id"))
            assert self.started.wait(10)
            yield one, other


def test_only_the_newest_value_that_waits_is_set_and_answered() -> None:
    busy = Busy()
    with serving(busy.routes) as server, busy.clients(server) as (udp, other):
        for step in range(500):
            udp.send(message(FADER, "f", step / 1000))
            udp.send(message("/takevoice/track/Bob/style", "f", step / 1000))
        other.send(message(FADER, "f", 0.9))  # another client has its own answer
        wait_for(lambda: len(server._queue._items) == 3, 10)
        busy.free.set()
        answers = [udp.receive(), udp.receive(), other.receive()]
    assert answers == [(FADER, 0.499), ("/takevoice/track/Bob/style", 0.499), (FADER, 0.9)]
    assert busy.done == [("Anna", 0.499), ("Bob", 0.499), ("Anna", 0.9)]


def test_what_comes_between_finds_the_value_that_was_set_before_it() -> None:
    busy = Busy()
    with serving(busy.routes) as server, busy.clients(server) as (udp, _):
        for value in (0.1, 0.2):
            udp.send(message(FADER, "f", value))
        udp.send(message("/takevoice/convert", "sss", "one", "/x.wav", "y"))
        udp.send(message("/takevoice/convert", "ss", "two", "/x.wav"))
        for value in (0.3, 0.4):
            udp.send(message(FADER, "f", value))
        udp.send(message(FADER))  # reads
        udp.send(message(FADER, "f", 0.5))
        wait_for(lambda: len(server._queue._items) == 6, 10)
        busy.free.set()
        replies = [udp.receive() for _ in range(6)]
    assert busy.done == [("Anna", 0.2), ("convert", "two"), ("Anna", 0.4), ("Anna", -1), ("Anna", 0.5)]
    assert [each[:2] for each in replies] == [
        (FADER, 0.2), ("/takevoice/fail", "one"), ("/takevoice/ok", "two"), (FADER, 0.4), (FADER, -1), (FADER, 0.5),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "packet",
    [
        message(FADER),
        message(FADER, ""),
        message(FADER, "I"),
        message(FADER, "[ii]", 1, 2),
        message(FADER, "fsi", 0.5, "reply_port", 9000),
        message("/takevoice/track/*/stability", "f", 0.5),
        message("/takevoice/track/set", "ssss", "id", "Anna", "stability", "1"),
        message("/takevoice/paused", "i", 1),
        message("/takevoice/retry", "s", "id"),
        bundle(message(FADER, "f", 0.5)),
        FADER.encode(),
        message(FADER)[:-4],
        message(FADER) + b",",
        b"",
    ],
)
def test_everything_else_is_done_one_by_one(packet: bytes) -> None:
    assert value_of(packet) is None


@pytest.mark.parametrize(("tag", "values"), [("f", [0.5]), ("i", [1]), ("s", ["x"]), ("T", []), ("N", []), ("d", [0.5]), ("h", [1])])
def test_a_value_of_any_type_is_a_value(tag: str, values: list[object]) -> None:
    assert value_of(message(FADER, tag, *values)) == FADER.encode()
    assert value_of(message("/takevoice/track/Lead%20Vox/seed", tag, *values)) == b"/takevoice/track/Lead%20Vox/seed"


def test_a_full_queue_still_takes_the_newest_value_of_a_fader() -> None:
    queue = PacketQueue(value_of)
    peers = {name: object() for name in "ab"}
    for number in range(MAX_PACKETS - 1):
        assert queue.put(message("/x", "i", number), peers["a"])
    assert queue.put(message(FADER, "f", 0.1), peers["a"])
    assert not queue.put(message(FADER, "f", 0.1), peers["b"])
    assert queue.put(message(FADER, "f", 0.2), peers["a"])
    queue.close()
    items = list(iter(queue.get, None))
    assert len(items) == MAX_PACKETS
    assert items[-1] == (message(FADER, "f", 0.2), peers["a"])

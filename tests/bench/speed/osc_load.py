"""OSC messages faster than editors send them: none is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

from osc.clients import client, serving
from speed.row import Row, no_more
from takevoice.osc.packets import build
from takevoice.osc.routes import OscRequest, OscRoutes

PACED = 30_000
A_SECOND = 10_000
BURST = 2_000


def measure() -> Iterator[Row]:
    """A steady stream, then everything at once."""
    got = set[str]()
    routes = OscRoutes()

    def note(request: OscRequest) -> None:
        got.add(request.id)

    routes.serve("/test/note", [], "", "for measuring", note)
    with serving(routes) as server, client(server.port) as sender:
        packets = [build("/test/note", f"p{number}") for number in range(PACED)]
        began = time.perf_counter()
        for number, packet in enumerate(packets):
            while time.perf_counter() < began + number / A_SECOND:
                pass
            sender.raw(packet)
        _wait(got, PACED)
        yield no_more(
            f"OSC messages lost of {PACED:,} at {A_SECOND:,} a second", PACED - len(got), 0, "messages"
        )
        got.clear()
        for packet in [build("/test/note", f"b{number}") for number in range(BURST)]:
            sender.raw(packet)
        _wait(got, BURST)
        yield no_more(f"lost of a burst of {BURST:,}", BURST - len(got), 0, "messages")


def _wait(got: set[str], wanted: int) -> None:
    deadline = time.monotonic() + 5
    while len(got) < wanted and time.monotonic() < deadline:
        threading.Event().wait(0.05)

"""OSC messages faster than editors send them: none is lost."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from osc.clients import serving
from speed.row import Row, no_more
from takevoice.osc.routes import OscRequest, OscRoutes

SENDER = Path(__file__).parent / "osc_sender.py"
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
    with serving(routes) as server:
        _send(server.port, "p", PACED, A_SECOND)
        _wait(got, PACED)
        lost = PACED - len(got)
        yield no_more(f"OSC messages lost of {PACED:,} at {A_SECOND:,} per second", lost, 0, "messages")
        got.clear()
        _send(server.port, "b", BURST, 0)
        _wait(got, BURST)
        yield no_more(f"OSC messages lost of a burst of {BURST:,}", BURST - len(got), 0, "messages")


def _send(port: int, prefix: str, count: int, a_second: int) -> None:
    """By a process of its own, as a script would; 0 a second is as fast as it can."""
    line = [sys.executable, SENDER, str(port), prefix, str(count), str(a_second)]
    subprocess.run(line, check=True)


def _wait(got: set[str], wanted: int) -> None:
    deadline = time.monotonic() + 5
    while len(got) < wanted and time.monotonic() < deadline:
        threading.Event().wait(0.05)

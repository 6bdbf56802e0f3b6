from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from osc.clients import Client, client, echo_routes, serving
from support import wait_for
from takevoice.osc.server import OscServer

pytestmark = [
    pytest.mark.service,
    pytest.mark.skipif(
        not (shutil.which("oscsend") and shutil.which("oscdump")),
        reason="liblo's oscsend and oscdump are missing: `apt-get install liblo-tools` installs them",
    ),
]


@pytest.fixture
def server() -> Iterator[OscServer]:
    with serving(echo_routes()) as running:
        yield running


def oscsend(*words: object) -> None:
    subprocess.run(["oscsend", *map(str, words)], check=True, timeout=20)


def test_what_oscsend_sends_is_understood(server: OscServer) -> None:
    with client(server.port) as udp:
        for types, value, wanted in (
            ("i", "7", 7), ("f", "0.5", 0.5), ("s", "Müller", "Müller"), ("h", "9876543210", 9876543210), ("d", "0.25", 0.25),
        ):  # fmt: skip
            oscsend(
                "127.0.0.1", server.port, "/test/echo", f"s{types}si", "id", value, "reply_port", udp.port
            )
            assert udp.receive().arguments == ("id", wanted)
        oscsend("127.0.0.1", server.port, "/test/echo", "sTsi", "id", "reply_port", udp.port)
        assert udp.receive().arguments == ("id", True)


def test_oscsend_over_tcp(server: OscServer) -> None:
    with client(server.port) as udp:
        oscsend(
            f"osc.tcp://127.0.0.1:{server.port}/", "/test/echo", "sssi", "id", "tcp", "reply_port", udp.port
        )
        assert udp.receive().arguments == ("id", "tcp")


def test_oscdump_understands_our_replies(server: OscServer, tmp_path: Path) -> None:
    with client(server.port) as free:
        port = free.port
    out = tmp_path / "dump"
    with out.open("w") as file:
        dump = subprocess.Popen(["oscdump", "-L", str(port)], stdout=file)
    try:
        asking = Client(server.port)

        def answered() -> bool:
            asking.send("/test/echo", "id", "a b", "reply_port", port)
            asking.send("/test/echo", "id", 0.5, "reply_port", port)
            text = out.read_text()
            return '/test/echoed ss "id" "a b"' in text and '/test/echoed sf "id" 0.5' in text

        wait_for(answered)
        asking.close()
    finally:
        dump.terminate()
        dump.wait(10)

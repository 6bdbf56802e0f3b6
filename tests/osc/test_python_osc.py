"""python-osc, the library of most OSC programs in Python, with its own sockets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.tcp_client import SimpleTCPClient
from pythonosc.udp_client import SimpleUDPClient

from osc.clients import echo_routes, serving
from takevoice.osc.server import OscServer


@pytest.fixture
def server() -> Iterator[OscServer]:
    with serving(echo_routes()) as running:
        yield running


def test_udp_with_a_bundle(server: OscServer) -> None:
    client = SimpleUDPClient("127.0.0.1", server.port)
    client.send_message("/test/echo", ["one", 7])
    bundle = OscBundleBuilder(IMMEDIATELY)
    for name, value in (("two", 0.5), ("three", True)):
        message = OscMessageBuilder("/test/echo")
        message.add_arg(name)
        message.add_arg(value)
        bundle.add_content(message.build())
    client.send(bundle.build())
    seen: dict[str, Any] = {}
    with closing(client._sock):
        for message in client.get_messages(10):
            seen[message.params[0]] = message.params[1]
            if len(seen) == 3:
                break
    assert seen == {"one": 7, "two": 0.5, "three": True}


@pytest.mark.parametrize("mode", ["1.0", "1.1"])
def test_tcp_with_both_framings(server: OscServer, mode: str) -> None:
    with SimpleTCPClient("127.0.0.1", server.port, mode=mode) as client:
        client.send_message("/test/echo", ["one", "Müller"])
        message = next(iter(client.get_messages(10)))
    assert message.address == "/test/echoed"
    assert message.params == ["one", "Müller"]

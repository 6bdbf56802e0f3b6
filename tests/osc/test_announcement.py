"""The announcement in the network, read by a zeroconf browser of another family (bonjour-service from npm)."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from osc.npm import Node
from osc.npm import node as node
from takevoice.osc.announcement import Announcement, is_open_to_others
from takevoice.osc.routes import OscRoutes
from takevoice.osc.server import OscServer
from takevoice.service.osc import publication
from takevoice.service.osc.publication import Publication
from takevoice.settings import Osc

NO_VERBS: Any = None  # only the description needs them
BROWSE = """
const { Bonjour } = require('bonjour-service');
const browser = new Bonjour({ interface: '127.0.0.1', bind: '0.0.0.0', loopback: true });
const wanted = { osc: 'udp', oscjson: 'tcp' };
let left = Object.keys(wanted).length;
for (const [type, protocol] of Object.entries(wanted)) {
  const search = browser.find({ type, protocol }, (service) => {
    if (!service.name.startsWith(process.argv[1])) return;
    console.log(JSON.stringify([type, service.name, service.port, service.addresses, service.txt]));
    search.stop();
    if (--left === 0) process.exit(0);
  });
  setInterval(() => search.update(), 500).unref();
}
setTimeout(() => process.exit(1), 30000);
"""


@pytest.mark.service
def test_others_find_the_server_and_its_description(node: Node) -> None:
    pytest.importorskip("zeroconf")
    announcement = Announcement("127.0.0.1", 9870, 9871, "takevoice on test", "1.2.3")
    announcement.start()
    try:
        found = {kind: facts for kind, *facts in node.run(BROWSE, "takevoice on test")}
    finally:
        announcement.stop()
    facts = {"version": "1.2.3", "txtvers": "1"}
    assert found == {
        "osc": ["takevoice on test", 9870, ["127.0.0.1"], facts],
        "oscjson": ["takevoice on test", 9871, ["127.0.0.1"], facts],
    }


@pytest.mark.parametrize(
    ("host", "is_open"),
    [("127.0.0.1", False), ("localhost", False), ("::1", False), ("127.0.0.2", False), ("0.0.0.0", True), ("192.0.2.7", True)],
)  # fmt: skip
def test_only_a_port_that_is_open_to_others_is_announced(
    host: str, is_open: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert is_open_to_others(host) == is_open
    started: list[str] = []

    class Recorded:
        def __init__(self, host: str, *_: object) -> None:
            self.host = host

        def start(self) -> None:
            started.append(self.host)

    monkeypatch.setattr(publication, "Announcement", Recorded)
    for announce in (True, False):
        Publication(OscServer(host, 9870, OscRoutes()), Osc(announce=announce), NO_VERBS).start()
    assert started == ([host] if is_open else [])


def test_without_the_library_it_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "zeroconf", None)
    with caplog.at_level(logging.INFO):
        Publication(OscServer("0.0.0.0", 9870, OscRoutes()), Osc(), NO_VERBS).start()
    assert 'pip install ".[network]"' in caplog.text

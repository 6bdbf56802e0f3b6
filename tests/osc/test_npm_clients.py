"""node-osc and osc.js, the libraries of most OSC programs in JavaScript."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from osc.clients import echo_routes, serving
from osc.npm import Node
from osc.npm import node as node
from takevoice.osc.server import OscServer

pytestmark = pytest.mark.service

NODE_OSC = """
const { Client, Server, Bundle } = require('node-osc');
const port = Number(process.argv[1]);
const server = new Server(0, '127.0.0.1', () => {
  const own = server._sock.address().port;
  const client = new Client('127.0.0.1', port);
  const seen = [];
  server.on('message', (message) => {
    seen.push(message);
    if (seen.length < 4) return;
    seen.forEach((each) => console.log(JSON.stringify(each)));
    client.close(); server.close();
  });
  client.send('/test/echo', 'one', 7, 'reply_port', own);
  client.send('/test/echo', 'two', 'Müller', 'reply_port', own);
  client.send(new Bundle(
    ['/test/echo', 'three', 0.5, 'reply_port', own], ['/test/echo', 'four', true, 'reply_port', own]));
});
"""
OSC_JS = """
const osc = require('osc');
const [kind, port] = [process.argv[1], Number(process.argv[2])];
const link = kind === 'udp'
  ? new osc.UDPPort({ localAddress: '127.0.0.1', localPort: 0, remoteAddress: '127.0.0.1', remotePort: port, metadata: true })
  : new osc.TCPSocketPort({ address: '127.0.0.1', port, metadata: true });
let count = 0;
const message = (id, type, value) => ({ address: '/test/echo', args: [{ type: 's', value: id }, { type, value }] });
link.on('message', (got) => {
  console.log(JSON.stringify([got.address, ...got.args.map((each) => each.value)]));
  if (++count === 5) { link.close(); setTimeout(() => process.exit(0), 50); }
});
link.on('ready', () => {
  link.send(message('one', 'i', 7));
  link.send(message('two', 's', 'Müller'));
  link.send(message('three', 'd', 0.25));
  link.send({ timeTag: osc.timeTag(3600), packets: [message('four', 'T', true), message('five', 'f', 0.5)] });
});
link.open();
"""


@pytest.fixture
def server() -> Iterator[OscServer]:
    with serving(echo_routes()) as running:
        yield running


def test_node_osc(node: Node, server: OscServer) -> None:
    """Its client cannot read from its own port, so the replies go to `reply_port`."""
    values = {each[1]: each[2] for each in node.run(NODE_OSC, server.port)}
    assert values == {"one": 7, "two": "Müller", "three": 0.5, "four": True}


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_osc_js(node: Node, server: OscServer, transport: str) -> None:
    """Over TCP it sends SLIP frames; a bundle for the next hour is handled at once."""
    values = {each[1]: each[2] for each in node.run(OSC_JS, transport, server.port)}
    assert values == {"one": 7, "two": "Müller", "three": 0.25, "four": True, "five": 0.5}

"""Servers for tests: the application on a port of its own, with the real engine or with one that waits."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any

import uvicorn

from support import wait_for
from takevoice import ConversionRequest, Take, Voice
from takevoice_plugins.server.aliases import Aliases
from takevoice_plugins.server.app import create_app
from takevoice_plugins.server.command import Server, server_config
from takevoice_plugins.server.engine import Engine, LocalEngine
from takevoice_plugins.server.limits import Limits


@dataclass
class Running:
    """A server under test."""

    port: int
    server: uvicorn.Server | None = None  # None: in a process of its own

    @property
    def connections(self) -> int:
        """How many it has now."""
        assert self.server is not None
        return len(self.server.server_state.connections)

    @property
    def unread(self) -> bool:
        """True while the server waits for a client to read."""
        assert self.server is not None
        connections: list[Any] = list(self.server.server_state.connections)
        return any(each.flow.write_paused for each in connections)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def send(self, data: bytes) -> socket.socket:
        """A connection over which that has been sent."""
        connection = socket.create_connection(("127.0.0.1", self.port), 20)
        connection.sendall(data)
        return connection

    def exchange(self, data: bytes) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the answer to these very bytes."""
        with self.send(data) as connection:
            answer = HTTPResponse(connection)
            answer.begin()
            headers = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, headers, answer.read()


@contextmanager
def serving(
    engine: Engine | None = None,
    limits: Limits | None = None,
    api_key: str | None = None,
    aliases: Aliases | None = None,
) -> Iterator[Running]:
    """A server that runs, as `takevoice serve` runs it."""
    limits = limits or Limits()
    app = create_app(engine or LocalEngine(), limits, api_key, aliases)
    server = Server(server_config(app, limits), app.state.running)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        try:
            wait_for(lambda: server.started)
            yield Running(listener.getsockname()[1], server)
        finally:
            server.should_exit = True
            thread.join(10)
            assert not thread.is_alive(), "the server did not stop"


class Waiting:
    """An engine that gives `first`, and then `rest` when it is let go; tells when it is stopped before."""

    def __init__(self, first: bytes = b"first", rest: Sequence[bytes] = (b"rest",)) -> None:
        self.first, self.rest = first, rest
        self.going = threading.Event()
        self.begun = threading.Semaphore(0)
        self.stopped = threading.Event()

    def voices(self) -> Sequence[Voice]:
        return [Voice("ada", "ada", "test")]

    def convert(self, request: ConversionRequest, take: Take) -> Iterator[bytes]:
        try:
            self.begun.release()
            yield self.first
            while not self.going.wait(0.01):
                yield b""
            yield from self.rest
        except GeneratorExit:
            self.stopped.set()
            raise

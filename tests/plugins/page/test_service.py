"""The server in its thread: ports, the event stream, stopping."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from cli.some_jobs import add
from plugins.page.world import World
from support import wait_for
from takevoice.jobs import State
from takevoice.ledger import Ledger
from takevoice_plugins.page.access import read_address
from takevoice_plugins.page.options import PageOptions
from takevoice_plugins.page.service import PageService


@pytest.fixture
def service(world: World) -> Iterator[PageService]:
    running = PageService.started(world.office, PageOptions(port=0))
    yield running
    running.close()


@contextmanager
def asked(service: PageService, path: str) -> Iterator[http.client.HTTPResponse]:
    connection = http.client.HTTPConnection(service.address.host, service.address.port, timeout=20)
    connection.request("GET", path, headers={"Authorization": f"Bearer {service.address.token}"})
    with connection.getresponse() as answer:
        yield answer
    connection.close()


def test_it_answers_where_page_json_says(world: World, service: PageService) -> None:
    assert read_address(world.office.state.path) == service.address
    with asked(service, "/api/status") as status, asked(service, "/") as page:
        assert json.loads(status.read())["running"] is False
        assert b"<!doctype html>" in page.read()


def test_where_the_port_is_taken_another_one_is_used(world: World, caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, caplog.at_level("INFO"):
        port = other.getsockname()[1]
        running = PageService.started(world.office, PageOptions(port=port))
        assert running.address.port not in (0, port)
        assert f"another program has port {port}" in caplog.text
        running.close()
        # Open pages find it again after a restart.
        again = PageService.started(world.office, PageOptions(port=port))
        assert again.address.port == running.address.port
        again.close()


def test_open_pages_find_it_again_where_ports_are_taken_and_given_back(world: World) -> None:
    """The port of the options is another program's, and one between them is free at the second start."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        first = PageService.started(world.office, PageOptions(port=port))
        between = PageService.started(world.office, PageOptions(port=port))
        first.close()
        between.close()
        again = PageService.started(world.office, PageOptions(port=port))
        again.close()
        assert first.address.port != between.address.port == again.address.port


def test_the_stream_tells_that_something_has_changed(world: World, service: PageService) -> None:
    with asked(service, "/api/events") as stream:

        def event(name: str) -> object:
            while True:
                line = stream.readline().decode().strip()
                if line == f"event: {name}":
                    return json.loads(stream.readline().decode().removeprefix("data: "))

        assert event("changed") == {"running": False, "paused": False, "jobs": {}}
        other = Ledger(world.office.state.ledger)  # as another process would
        add(other, world.folder / "take.wav", State.QUEUED)
        wait_for(lambda: event("changed") == {"running": False, "paused": False, "jobs": {"queued": 1}})
        other.close()


def test_it_stops_although_a_page_is_open(world: World) -> None:
    running = PageService.started(world.office, PageOptions(port=0))
    with asked(running, "/api/events") as stream:
        stream.readline()
        began = time.monotonic()
        running.close()
        assert time.monotonic() - began < 5
        assert b"event: bye" in stream.read()


def test_it_stops_without_ever_having_been_asked(world: World) -> None:
    running = PageService.started(world.office, PageOptions(port=0))
    running.close()
    assert not running._thread.is_alive()

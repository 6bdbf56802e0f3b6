"""A house's server that is gone in the middle of an answer."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from takevoice_plugins.farm.desk_client import DeskClient, Unreachable


@contextmanager
def answering(sent: bytes) -> Iterator[str]:
    """The address of a server that sends this to one client, whatever it asks for, and closes the connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            client, _ = server.accept()
            with client:
                client.recv(65_536)
                client.sendall(sent)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join(10)


@pytest.mark.parametrize("header", ["Content-Length: 12", "Transfer-Encoding: chunked"])
def test_a_take_that_came_in_part_is_not_converted(tmp_path: Path, header: str) -> None:
    body = b"c\r\nhalf" if "chunked" in header else b"half"
    with answering(f"HTTP/1.1 200 OK\r\n{header}\r\n\r\n".encode() + body) as url, pytest.raises(Unreachable):
        DeskClient(url, "k" * 20).fetch("key", "lease", tmp_path / "take")


def test_a_whole_take_is_written(tmp_path: Path) -> None:
    with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nwhole of it.") as url:
        DeskClient(url, "k" * 20).fetch("key", "lease", tmp_path / "take")
    assert (tmp_path / "take").read_bytes() == b"whole of it."

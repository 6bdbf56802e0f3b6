"""Samples of voices: made with a free backend, fetched for a paid one, and never paid for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from takevoice.plugins import Plugins
from takevoice.service.handover.samples import NoSample, Samples
from takevoice.voices import Backend, Voice

PAID = Backend("elevenlabs", True, paid=True)


@contextmanager
def serving(content: bytes, missing: int = 0) -> Iterator[str]:
    """A web server that has one file; `missing`: bytes of it that do not come."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(content) + missing))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/preview.mp3"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_the_preview_of_a_paid_voice_is_fetched_once(tmp_path: Path) -> None:
    samples = Samples(tmp_path / "samples", Plugins())
    with serving(b"ID3 and so on") as url:
        voice = Voice("v/1", "ada", "elevenlabs", preview_url=url)
        path = samples.of(voice, PAID)
    assert path.read_bytes() == b"ID3 and so on"
    assert path.parent == tmp_path / "samples"
    assert path.suffix == ".mp3"
    assert samples.of(voice, PAID) == path  # the server is gone


@pytest.mark.parametrize("url", ["", "file:///etc/passwd", "http://127.0.0.1:1/none.mp3"])
def test_a_paid_voice_without_a_preview_is_not_converted(tmp_path: Path, url: str) -> None:
    with pytest.raises(NoSample):
        Samples(tmp_path / "samples", Plugins()).of(Voice("v1", "ada", "elevenlabs", preview_url=url), PAID)


def test_a_preview_that_is_no_audio_is_refused(tmp_path: Path) -> None:
    with serving(b"<html>") as url, pytest.raises(NoSample, match="unknown kind"):
        Samples(tmp_path / "samples", Plugins()).of(Voice("v1", "ada", "elevenlabs", preview_url=url), PAID)


def test_half_a_preview_is_none(tmp_path: Path) -> None:
    with serving(b"ID3 and so on", missing=9) as url, pytest.raises(NoSample, match="before it was complete"):
        Samples(tmp_path / "samples", Plugins()).of(Voice("v1", "ada", "elevenlabs", preview_url=url), PAID)
    assert not list(tmp_path.rglob("*.mp3"))

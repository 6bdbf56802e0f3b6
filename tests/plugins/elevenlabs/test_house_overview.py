"""What a station is told when it asks its house what it does, and gets no answer that it can use."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from takevoice import errors
from takevoice_plugins.elevenlabs.house_overview import PATH, ask
from takevoice_plugins.elevenlabs.keys import FoundKey, Keys
from takevoice_plugins.elevenlabs.options import Options
from takevoice_plugins.house.certificate import Certificate, own_certificate

ANSWER = {"queue": [], "name": "anna"}
KEY = "tvh_secret"


class _Keys(Keys):
    """One key, without a keyring."""

    def __init__(self, key: str | None = KEY) -> None:
        super().__init__(lambda: None)
        self._key, self.forgotten = key, 0

    def find(self) -> FoundKey:
        return FoundKey(self._key, "no key of the house: `takevoice join` stores it" if self._key is None else "")

    def forget(self) -> None:
        self.forgotten += 1


@contextmanager
def server(status: int, body: object, certificate: Certificate | None = None) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Something that answers every request so, encrypted or not; yields its address, and what it was asked with which key."""
    asked: list[tuple[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, self.headers.get("xi-api-key", "")))
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(body.encode() if isinstance(body, str) else json.dumps(body).encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        scheme = "http"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate.path, certificate.key_path)
            listening.socket, scheme = context.wrap_socket(listening.socket, server_side=True), "https"
        thread = threading.Thread(target=listening.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"{scheme}://127.0.0.1:{listening.server_address[1]}", asked
        finally:
            listening.shutdown()
            thread.join()


def problem(status: int, code: str, message: str) -> tuple[int, object]:
    return status, {"detail": {"type": "x", "code": code, "message": message, "status": code, "request_id": ""}}


def options(url: str, certificate: Path | None = None) -> Options:
    return Options(base_url=url, house=True, certificate=str(certificate) if certificate else None)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def test_the_house_is_asked_with_the_station_s_key() -> None:
    with server(200, ANSWER) as (url, asked):
        assert ask(options(url), _Keys(), url, "project") == ANSWER
    assert asked == [(f"{PATH}?by=project", KEY)]


@pytest.mark.parametrize(
    ("answer", "said", "hint"),
    [
        (problem(404, "not_found", "There is no such page."), "its takevoice is older than this one", "ask its owner to update it"),
        ((404, "<h1>nginx</h1>"), "its takevoice is older than this one", "ask its owner"),
        ((200, "<h1>hello</h1>"), "its takevoice is older than this one", "ask its owner"),
        ((200, {"voices": []}), "is not a house", "takevoice join"),
        ((200, ["queue"]), "is not a house", "takevoice join"),
        (problem(403, "key_revoked", "The key of anna was revoked; ask the house's owner for another one."), "The key of anna was revoked", "run `takevoice join` again"),
        (problem(401, "invalid_api_key", "The house does not know this key."), "does not know this key", "run `takevoice join` again"),
        (problem(503, "service_unavailable", "The server is stopping."), "The server is stopping", ""),
    ],
)  # fmt: skip
def test_what_cannot_be_shown_says_why_and_what_to_do(answer: tuple[int, object], said: str, hint: str) -> None:
    keys = _Keys()
    with server(*answer) as (url, asked), pytest.raises(errors.BackendError) as caught:
        ask(options(url), keys, url, "person")
    assert said in caught.value.what
    assert hint in caught.value.hint
    assert KEY not in str(caught.value)
    assert len(asked) == 1, "the page asks again by itself"
    assert bool(keys.forgotten) == ("key" in said)


def test_without_a_key_nothing_is_asked() -> None:
    with server(200, ANSWER) as (url, asked), pytest.raises(errors.BackendUnavailable, match="takevoice join"):
        ask(options(url), _Keys(None), url, "person")
    assert asked == []


def test_a_house_that_is_away_and_one_with_another_certificate(tmp_path: Path) -> None:
    url = "http://127.0.0.1:9"
    with pytest.raises(errors.BackendError, match=r"the house at http://127.0.0.1:9 does not answer \(.*Takes wait"):
        ask(options(url), _Keys(), url, "person")
    mine, other = own_certificate(tmp_path / "mine"), own_certificate(tmp_path / "other")
    with server(200, ANSWER, mine) as (url, asked):
        assert ask(options(url, mine.path), _Keys(), url, "person") == ANSWER
        with pytest.raises(errors.BackendError, match=r"has another certificate .*takevoice join.* with the new line"):
            ask(options(url, other.path), _Keys(), url, "person")
    assert len(asked) == 1, "nothing was sent to it, not even the key"

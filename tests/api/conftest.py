from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from api.capture import CaptureServer, serving
from takevoice.api import Retry, SpeechToSpeech

KEY = "sk_0123456789abcdef_not_a_real_key"
VOICE = "JBFqnCBsd6RMkjVDRZzb"
FAST = Retry(first_delay=0.01)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def server() -> Iterator[CaptureServer]:
    with serving() as server:
        yield server


@pytest.fixture
def make_client(server: CaptureServer) -> Iterator[Callable[..., SpeechToSpeech]]:
    clients = []

    def make(**settings: Any) -> SpeechToSpeech:
        given = {"api_key": KEY, "base_url": server.url, "timeout": 5.0, "retry": FAST} | settings
        clients.append(SpeechToSpeech(**given))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(make_client: Callable[..., SpeechToSpeech]) -> SpeechToSpeech:
    return make_client()

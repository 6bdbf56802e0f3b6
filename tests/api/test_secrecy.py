"""The key shows nowhere: not in a repr, a log, an exception or a traceback with all its local variables."""

from __future__ import annotations

import asyncio
import copy
import logging
import pickle
import traceback
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.capture import WAV, Answer, CaptureServer, drop, error_in_the_middle, page, truncate
from api.conftest import FAST, KEY, VOICE
from takevoice.api import AsyncSpeechToSpeech, SpeechToSpeech, errors
from takevoice.errors import TakevoiceError


def everything_told(error: BaseException) -> str:
    """All that a tool could print of an exception, its causes and its frames."""
    told = [repr(error), str(error), repr(vars(error))]
    told += traceback.TracebackException.from_exception(error, capture_locals=True).format()
    for other in (error.__cause__, error.__context__):
        told += [everything_told(other)] if other is not None else []
    return "".join(told)


def echo(status: int) -> Answer:
    """A server that repeats the key in its message."""
    return page(status, {"detail": {"status": "invalid_api_key", "message": f"no such key: {KEY}"}})


FAULTS: list[Answer] = [drop, truncate, error_in_the_middle, echo(401), echo(200), page(500, KEY.encode())]


@pytest.mark.parametrize("answer", FAULTS)
@pytest.mark.parametrize("face", ["threads", "asyncio"])
def test_no_failure_shows_the_key(
    server: CaptureServer, client: SpeechToSpeech, caplog: pytest.LogCaptureFixture, answer: Answer, face: str
) -> None:
    caplog.set_level(logging.DEBUG)
    server.answers = [answer]

    async def with_tasks() -> None:
        async with AsyncSpeechToSpeech(KEY, base_url=server.url, retry=FAST) as tasks:
            assert [chunk async for chunk in tasks.convert(VOICE, audio=WAV)]

    with pytest.raises(errors.ApiError) as caught:
        asyncio.run(with_tasks()) if face == "asyncio" else list(client.convert(VOICE, audio=WAV))
    assert server.conversions[0].headers["xi-api-key"] == KEY
    assert KEY not in everything_told(caught.value)
    assert KEY not in caplog.text
    assert not [record for record in caplog.records if KEY in repr(vars(record))]


def test_a_file_that_shrinks_while_it_is_sent_does_not_show_it_either(
    client: SpeechToSpeech, tmp_path: Path
) -> None:
    take = tmp_path / "take.wav"
    take.write_bytes(WAV)

    class Shrinking:
        def __init__(self) -> None:
            self.file = take.open("rb")

        def __getattr__(self, name: str) -> Any:
            return getattr(self.file, name)

        def read(self, size: int = -1) -> bytes:
            return b""

    audio = Shrinking()
    with pytest.raises(TakevoiceError, match="became shorter") as caught:
        list(client.convert(VOICE, audio=audio))  # type: ignore[arg-type]
    audio.file.close()
    assert KEY not in everything_told(caught.value)


def test_no_repr_shows_the_key(client: SpeechToSpeech) -> None:
    stream = client.convert(VOICE, audio=WAV)
    told = repr([client, vars(client), client._state, vars(client._state), stream, vars(stream)])
    assert KEY not in told
    assert repr(client) == f"SpeechToSpeech(base_url={client._state.base_url!r})"


def test_the_key_is_not_pickled(client: SpeechToSpeech) -> None:
    for steal in (pickle.dumps, copy.copy):
        with pytest.raises(TypeError):
            steal(client._state.key)


def test_a_transport_that_fails_in_its_own_way_does_not_show_it() -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError(f"while sending {dict(request.headers)}", request=request)

    with (
        SpeechToSpeech(KEY, base_url="http://127.0.0.1:1", transport=httpx.MockTransport(broken)) as client,
        pytest.raises(errors.ApiError) as caught,
    ):
        list(client.convert(VOICE, audio=WAV))
    assert KEY not in everything_told(caught.value)

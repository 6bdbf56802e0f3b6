"""The server drops, stalls, truncates, rate-limits and lies: what the user of either client sees."""

from __future__ import annotations

import asyncio
import errno
import io
import os
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api.capture import (
    WAV,
    Answer,
    CaptureServer,
    Handler,
    audio,
    drop,
    error_in_the_middle,
    hang_up_early,
    page,
    refuse_early,
    stall,
    stall_in_the_middle,
    truncate,
    truncate_chunked,
)
from api.conftest import FAST, KEY, VOICE
from takevoice.api import AsyncSpeechToSpeech, Retry, SpeechToSpeech, Timeouts, errors
from takevoice.errors import StorageError

BUSY = page(
    429, {"detail": {"status": "too_many_concurrent_requests", "message": "too many"}}, Retry_After="0"
)
DOWN = page(503, b"<html>down</html>", Content_Type="text/html")
Convert = Callable[..., bytes]


def _async_convert(server: CaptureServer, given: Any, method: str, **settings: Any) -> bytes:
    async def run() -> bytes:
        all_settings: Any = {"base_url": server.url, "timeout": 5.0, "retry": FAST} | settings
        async with AsyncSpeechToSpeech(KEY, **all_settings) as client:
            stream = getattr(client, method)(VOICE, **given)
            return b"".join([chunk async for chunk in stream])

    return asyncio.run(run())


@pytest.fixture(params=["threads", "asyncio"])
def convert(request: Any, server: CaptureServer, make_client: Any) -> Convert:
    """Converts with one client or the other."""

    def run(method: str = "convert", settings: Any = None, **given: Any) -> bytes:
        given = {"audio": WAV} | given
        if request.param == "asyncio":
            return _async_convert(server, given, method, **(settings or {}))
        return b"".join(getattr(make_client(**(settings or {})), method)(VOICE, **given))

    return run


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (drop, errors.OutcomeUnknown),
        (truncate, errors.AnswerTruncated),
        (truncate_chunked, errors.AnswerTruncated),
        (error_in_the_middle, errors.StreamFailed),
        (page(200, {"detail": {"code": "internal_error", "message": "sorry"}}), errors.NotAudioAnswer),
        (page(200, {"audio": "soon"}, Content_Type="audio/wav"), errors.NotAudioAnswer),
        (page(200, b"<html>Log in</html>", Content_Type="text/html"), errors.NotAudioAnswer),
        (audio(b""), errors.NotAudioAnswer),
        (audio(b"this is no gzip", Content_Encoding="gzip"), errors.SpoiltAnswer),
        (page(302, b"", Location="http://127.0.0.1:1/stolen"), errors.RedirectRefused),
        (page(500, {"detail": {"status": "internal_error", "message": "oh"}}), errors.ServerFailed),
        (page(504, b"gateway"), errors.OutcomeUnknown),
        (page(401, {"detail": {"status": "invalid_api_key", "message": "bad"}}), errors.InvalidKey),
        (page(404, {"detail": {"status": "voice_not_found", "message": "bad"}}), errors.VoiceNotFound),
    ],
)
def test_a_failure_has_its_name_and_is_not_sent_again(
    server: CaptureServer, convert: Convert, answer: Answer, kind: type[errors.ApiError]
) -> None:
    server.answers = [answer]
    with pytest.raises(errors.ApiError) as caught:
        convert()
    assert type(caught.value) is kind
    assert not caught.value.retryable
    assert len(server.conversions) == 1


@pytest.mark.parametrize(
    ("answer", "kind"), [(stall, errors.OutcomeUnknown), (stall_in_the_middle, errors.AnswerTruncated)]
)
def test_a_stall_ends_with_the_timeout(
    server: CaptureServer, convert: Convert, answer: Answer, kind: type[errors.ApiError]
) -> None:
    server.answers = [answer]
    with pytest.raises(kind, match=r"in time|stalled"):  # and not that the server hung up, much later
        convert(settings={"timeout": 60.0}, request_options={"timeout_in_seconds": 0.2})
    assert len(server.conversions) == 1


@pytest.mark.parametrize("refusal", [BUSY, DOWN])
def test_what_was_not_billed_is_sent_again_in_full(
    server: CaptureServer, convert: Convert, refusal: Answer
) -> None:
    server.answers = [refusal, refusal, audio()]
    assert convert(seed=7) == WAV
    assert [seen.form["audio"] for seen in server.conversions] == [WAV] * 3


def test_it_is_not_sent_again_for_ever(server: CaptureServer, convert: Convert) -> None:
    server.answers = [BUSY]
    with pytest.raises(errors.TooManyConcurrent) as caught:
        convert(settings={"retry": Retry(times=2, first_delay=0.01)})
    assert caught.value.retryable
    assert len(server.conversions) == 3


def test_retries_can_be_turned_off(server: CaptureServer, convert: Convert) -> None:
    server.answers = [DOWN, audio()]
    with pytest.raises(errors.ServiceUnavailable):
        convert(request_options={"max_retries": 0})
    assert len(server.conversions) == 1


def test_the_asked_for_wait_is_kept(server: CaptureServer, convert: Convert) -> None:
    server.answers = [page(429, {"detail": "slow"}, Retry_After="0.3"), audio()]
    before = time.monotonic()
    assert convert() == WAV
    assert time.monotonic() - before >= 0.3


def test_a_wait_of_hours_is_told_and_not_waited_for(server: CaptureServer, convert: Convert) -> None:
    server.answers = [page(429, {"detail": "slow"}, Retry_After="7200")]
    with pytest.raises(errors.RateLimited) as caught:
        convert()
    assert caught.value.retry_after == 7200


def test_a_refused_connection_is_tried_again_and_named(convert: Convert) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(errors.Unreachable) as caught:
        convert(settings={"base_url": f"http://127.0.0.1:{port}"})
    assert caught.value.retryable


def test_a_connection_that_breaks_during_the_upload_is_tried_again(
    server: CaptureServer, convert: Convert, tmp_path: Path
) -> None:
    take = tmp_path / "take.wav"
    take.write_bytes(WAV + bytes(30_000_000))
    server.answers = [hang_up_early, audio()]
    assert convert(audio=take) == WAV
    assert len(server.conversions) == 2


def test_a_refusal_during_the_upload_is_understood(
    server: CaptureServer, convert: Convert, tmp_path: Path
) -> None:
    take = tmp_path / "take.wav"
    take.write_bytes(WAV + bytes(30_000_000))
    server.answers = [refuse_early]
    with pytest.raises(errors.AudioTooLarge):
        convert(audio=take)
    assert len(server.conversions) == 1


def test_audio_that_cannot_be_read_twice_is_not_sent_twice(server: CaptureServer, convert: Convert) -> None:
    class Pipe:
        data = WAV

        def read(self, size: int = -1) -> bytes:
            block, self.data = self.data[:size], self.data[size:]
            return block

        def seekable(self) -> bool:
            return False

    server.answers = [BUSY, audio()]
    with pytest.raises(errors.TooManyConcurrent):
        convert(audio=Pipe())
    assert len(server.conversions) == 1


def test_the_key_is_not_taken_where_a_redirect_points(server: CaptureServer, convert: Convert) -> None:
    server.answers = [page(307, b"", Location=f"{server.url.replace('127.0.0.1', 'localhost')}/stolen")]
    with pytest.raises(errors.RedirectRefused, match="/stolen"):
        convert()
    assert len(server.seen) == 1


def test_the_audio_before_a_failure_has_been_handed_out(
    server: CaptureServer, client: SpeechToSpeech
) -> None:
    server.answers = [error_in_the_middle]
    got = b""
    with pytest.raises(errors.StreamFailed, match="the model fell over") as caught:
        for chunk in client.stream(VOICE, audio=WAV):
            got += chunk
    assert got == WAV[:1000]
    assert caught.value.api_code == "internal_error"


def test_audio_that_looks_a_little_like_text_is_audio(server: CaptureServer, convert: Convert) -> None:
    pcm = b'{\x80"detail"' + bytes(1000) + b'{"deta'
    server.answers = [audio(pcm, Content_Type="application/octet-stream")]
    assert convert(output_format="pcm_16000") == pcm


def test_audio_arrives_while_it_is_made(server: CaptureServer, client: SpeechToSpeech) -> None:
    more = threading.Event()

    def slowly(handler: Handler) -> None:
        handler.begin_chunked(**{"request-id": "r-9", "character-cost": "17", "history-item-id": "h-3"})
        handler.send_chunk(WAV[:500])
        assert more.wait(5)
        handler.send_chunk(WAV[500:])
        handler.send_chunk(b"")

    server.answers = [slowly]
    stream = client.stream(VOICE, audio=WAV)
    assert next(stream) == WAV[:500]
    assert (stream.request_id, stream.credits, stream.history_item_id) == ("r-9", 17, "h-3")
    more.set()
    assert b"".join(stream) == WAV[500:]


def test_a_closed_stream_gives_its_slot_back(server: CaptureServer, make_client: Any) -> None:
    client = make_client(max_concurrent=1)
    server.answers = [stall_in_the_middle, audio()]
    with client.convert(VOICE, audio=WAV) as stream:
        assert next(stream)
    assert b"".join(client.convert(VOICE, audio=WAV)) == WAV


def test_a_cancelled_task_gives_its_slot_back(server: CaptureServer) -> None:
    server.answers = [stall, audio()]

    async def run() -> bytes:
        async with AsyncSpeechToSpeech(KEY, base_url=server.url, max_concurrent=1) as client:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await client.convert(VOICE, audio=WAV)
            return b"".join([chunk async for chunk in client.convert(VOICE, audio=WAV)])

    assert asyncio.run(run()) == WAV


def test_waiting_for_a_slot_has_an_end(server: CaptureServer, make_client: Any) -> None:
    client = make_client(max_concurrent=1, timeout=Timeouts(pool=0.05))
    server.answers = [stall_in_the_middle]
    with client.convert(VOICE, audio=WAV).open(), pytest.raises(errors.NoSlot):
        client.convert(VOICE, audio=WAV).open()


def _busy_for_a_moment(handler: Handler) -> None:
    time.sleep(0.02)
    handler.send(200, WAV, maximum_concurrent_requests="3")


@pytest.mark.parametrize("face", ["threads", "asyncio"])
def test_no_more_at_once_than_the_api_allows(server: CaptureServer, make_client: Any, face: str) -> None:
    server.answers = [_busy_for_a_moment]

    def with_threads() -> None:
        client = make_client()
        list(client.convert(VOICE, audio=WAV))
        threads = [
            threading.Thread(target=lambda: list(client.convert(VOICE, audio=WAV)), daemon=True)
            for _ in range(12)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    async def with_tasks() -> None:
        async with AsyncSpeechToSpeech(KEY, base_url=server.url) as client:

            async def one() -> None:
                assert [chunk async for chunk in client.convert(VOICE, audio=WAV)]

            await one()
            await asyncio.gather(*(one() for _ in range(12)))

    with_threads() if face == "threads" else asyncio.run(with_tasks())
    assert len(server.conversions) == 13
    assert server.most == 3


def test_auto_takes_the_best_the_plan_allows_says_so_once_and_remembers(
    server: CaptureServer, client: SpeechToSpeech, caplog: pytest.LogCaptureFixture
) -> None:
    refused = page(403, {"detail": {"type": "subscription_required", "code": "output_format_not_allowed"}})
    server.answers = [refused, refused, audio()]
    stream = client.convert(VOICE, audio=WAV, output_format="auto").open()
    assert (stream.output_format, b"".join(stream)) == ("wav_32000", WAV)
    assert b"".join(client.convert(VOICE, audio=WAV, output_format="auto")) == WAV
    asked = [seen.query["output_format"] for seen in server.conversions]
    assert asked == ["wav_48000", "wav_44100", "wav_32000", "wav_32000"]
    assert [record.message for record in caplog.records if record.levelname == "WARNING"] == [
        "the plan does not include the output format wav_48000; using wav_44100 instead",
        "the plan does not include the output format wav_44100; using wav_32000 instead",
    ]


def test_auto_ends_when_every_format_is_refused(server: CaptureServer, convert: Convert) -> None:
    server.answers = [page(403, {"detail": {"status": "output_format_not_allowed", "message": "no"}})]
    with pytest.raises(errors.OutputFormatNotAllowed):
        convert("stream", output_format="auto")
    asked = [seen.query["output_format"] for seen in server.conversions]
    assert asked == ["pcm_48000", "pcm_44100", "pcm_32000", "pcm_24000", "mp3_44100_128"]


def test_a_format_that_was_asked_for_is_not_changed(server: CaptureServer, convert: Convert) -> None:
    server.answers = [page(403, {"detail": {"status": "output_format_not_allowed", "message": "no"}})]
    with pytest.raises(errors.OutputFormatNotAllowed, match="auto"):
        convert(output_format="wav_48000")
    assert len(server.conversions) == 1


def test_two_clients_share_nothing(server: CaptureServer, make_client: Any) -> None:
    refused = page(403, {"detail": {"status": "output_format_not_allowed"}})
    server.answers = [refused, audio()]
    for _ in range(2):
        list(make_client().convert(VOICE, audio=WAV, output_format="auto"))
    asked = [seen.query["output_format"] for seen in server.conversions]
    assert asked == ["wav_48000", "wav_44100", "wav_48000"]


class _ShareLost(io.BytesIO):
    """A file on a share that answers no more after the first block."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() > 0:
            raise OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN))
        return super().read(size)


def test_audio_whose_share_is_lost_while_it_is_sent_is_an_error_with_the_file(convert: Convert) -> None:
    """Without the end of the upload nothing is converted, so takevoice does not take it for paid."""
    with pytest.raises(StorageError, match="cannot be read to its end"):
        convert(audio=_ShareLost(WAV + bytes(1_000_000)))

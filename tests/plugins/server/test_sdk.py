"""The official SDK takes the server for the real service: nothing is changed but its base_url."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
import soundfile
from elevenlabs import AsyncElevenLabs, ElevenLabs
from elevenlabs.core.api_error import ApiError
from elevenlabs.errors import UnprocessableEntityError
from elevenlabs.speech_to_speech.types.speech_to_speech_convert_request_output_format import (
    SpeechToSpeechConvertRequestOutputFormat,
)
from elevenlabs.speech_to_speech.types.speech_to_speech_stream_request_output_format import (
    SpeechToSpeechStreamRequestOutputFormat,
)

from plugins.server.running import Running, Waiting, serving
from support import wait_for
from takevoice import OUTPUT_FORMATS
from takevoice_plugins.server.limits import Limits

RAW = {"pcm": "PCM_16", "ulaw": "ULAW", "alaw": "ALAW"}
FRAMES, RATE = 12_000, 24_000  # of the take
EVERYTHING: dict[str, Any] = {
    "model_id": "eleven_multilingual_sts_v2",
    "output_format": "pcm_24000",
    "enable_logging": False,
    "optimize_streaming_latency": 4,
    "voice_settings": '{"stability": 0.2, "similarity_boost": 1, "style": 0.5, "use_speaker_boost": false, "speed": 1.0}',
    "seed": 4_294_967_295,
    "remove_background_noise": True,
    "file_format": "other",
    "request_options": {"chunk_size": 500, "timeout_in_seconds": 30},
}
Convert = Callable[..., bytes]


def sdk_formats(declared: Any) -> list[str]:
    return [name for part in get_args(declared) for name in get_args(part)]


@pytest.fixture
def sdk(running: Running) -> Iterator[ElevenLabs]:
    with httpx.Client() as http:
        yield ElevenLabs(api_key="any", base_url=running.url, httpx_client=http)


@pytest.fixture(params=["sync", "async"])
def convert(request: pytest.FixtureRequest, running: Running, sdk: ElevenLabs) -> Convert:
    """Converts with one client or the other."""

    def with_sync(method: str, voice: str = "ada", **given: Any) -> bytes:
        return b"".join(getattr(sdk.speech_to_speech, method)(voice, **given))

    def with_async(method: str, voice: str = "ada", **given: Any) -> bytes:
        async def run() -> bytes:
            async with httpx.AsyncClient() as http:
                client = AsyncElevenLabs(api_key="any", base_url=running.url, httpx_client=http)
                chunks = getattr(client.speech_to_speech, method)(voice, **given)
                return b"".join([chunk async for chunk in chunks])

        return asyncio.run(run())

    return with_sync if request.param == "sync" else with_async


def decoded(data: bytes, name: str) -> tuple[int, int]:
    """Frames and rate."""
    wanted = OUTPUT_FORMATS[name]
    given: dict[str, Any] = {}
    if wanted.headerless:
        given = {"samplerate": wanted.sample_rate, "channels": 1, "format": "RAW"}
        given |= {"subtype": RAW[wanted.codec], "endian": "LITTLE"}
    with soundfile.SoundFile(io.BytesIO(data), **given) as file:
        return len(file.read()), file.samplerate


@pytest.mark.parametrize("method", ["convert", "stream"])
def test_every_parameter(convert: Convert, take: Path, method: str) -> None:
    with take.open("rb") as audio:
        plain = convert(method, audio=audio, output_format="pcm_24000")
    with take.open("rb") as audio:
        changed = convert(method, audio=audio, **EVERYTHING)
    assert len(plain) == len(changed) == 2 * FRAMES
    assert plain != changed


def test_what_was_asked_for_is_what_changes(sdk: ElevenLabs, take: Path) -> None:
    def of(**given: Any) -> bytes:
        audio = take.read_bytes()
        return b"".join(sdk.speech_to_speech.convert("ada", audio=audio, output_format="pcm_16000", **given))

    plain = of()
    assert of(seed=0, file_format="other", voice_settings="") == plain
    for one in (
        {"voice_settings": '{"similarity_boost": 0}'},
        {"remove_background_noise": True},
        {"seed": 5},
    ):
        assert of(**one) != plain, one


@pytest.mark.parametrize(
    ("method", "name"),
    [("convert", name) for name in sdk_formats(SpeechToSpeechConvertRequestOutputFormat)]
    + [("stream", name) for name in sdk_formats(SpeechToSpeechStreamRequestOutputFormat)],
)
def test_every_format_that_it_knows(sdk: ElevenLabs, take: Path, method: str, name: str) -> None:
    with take.open("rb") as audio:
        data = b"".join(getattr(sdk.speech_to_speech, method)("george", audio=audio, output_format=name))
    rate = OUTPUT_FORMATS[name].sample_rate
    assert decoded(data, name) == (round(FRAMES * rate / RATE), rate)


def test_it_knows_all_formats() -> None:
    assert set(sdk_formats(SpeechToSpeechConvertRequestOutputFormat)) == set(OUTPUT_FORMATS)
    assert len(sdk_formats(SpeechToSpeechStreamRequestOutputFormat)) == 21


def test_the_default_format_is_the_services(convert: Convert, take: Path) -> None:
    assert decoded(convert("convert", audio=take.read_bytes()), "mp3_44100_128") == (22_050, 44_100)


def test_raw_audio(convert: Convert) -> None:
    raw = bytes(range(256)) * 125
    data = convert("convert", audio=raw, file_format="pcm_s16le_16", output_format="pcm_16000")
    assert len(data) == len(raw)


def test_audio_that_cannot_be_measured_before(convert: Convert, take: Path) -> None:
    class Pipe(io.RawIOBase):
        data = take.read_bytes()

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            block, self.data = self.data[: len(buffer)], self.data[len(buffer) :]
            buffer[: len(block)] = block
            return len(block)

    assert len(convert("stream", audio=("take", Pipe()), output_format="pcm_24000")) == 2 * FRAMES


def test_listings(sdk: ElevenLabs) -> None:
    first = sdk.voices.search(page_size=5, sort="name")
    assert [voice.voice_id for voice in first.voices] == ["ada", "bruno", "edgar", "george", "iris"]
    assert (first.has_more, first.total_count) == (True, 12)
    second = sdk.voices.search(page_size=100, sort="name", next_page_token=first.next_page_token)
    assert (len(second.voices), second.has_more, second.next_page_token) == (7, False, None)
    [bruno] = sdk.voices.search(search="bass", include_total_count=False).voices
    assert (bruno.voice_id, bruno.category, (bruno.labels or {})["gender"]) == ("bruno", "premade", "male")
    assert [v.voice_id for v in sdk.voices.search(voice_ids=["nora", "pip"]).voices] == ["nora", "pip"]
    assert sdk.voices.search(category="cloned").voices == []
    assert len(sdk.voices.get_all().voices) == 12
    assert sdk.voices.get("vera").description == "dry and breathy, low register"
    assert sdk.voices.settings.get("vera") == sdk.voices.settings.get_default()
    assert sdk.voices.settings.get_default().stability == 0.5
    assert "eleven_english_sts_v2" in [
        model.model_id for model in sdk.models.list() if model.can_do_voice_conversion
    ]
    plan = sdk.user.subscription.get()
    assert (plan.tier, plan.status, plan.character_count) == ("enterprise", "active", 0)


def test_it_names_wrong_parameters(convert: Convert, take: Path) -> None:
    with pytest.raises(UnprocessableEntityError) as caught:
        convert(
            "convert", audio=take.read_bytes(), seed=-1, output_format="mp3_1", voice_settings='{"style": 2}'
        )
    places = sorted(tuple(fault["loc"]) for fault in caught.value.body["detail"])
    assert places == [("body", "seed"), ("body", "voice_settings", "style"), ("query", "output_format")]


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ({"voice": "nobody"}, 404, "voice_not_found"),
        ({"voice": "no body?"}, 404, "voice_not_found"),
        ({"model_id": "eleven_v3"}, 400, "model_can_not_do_voice_conversion"),
        ({"audio": b"no audio at all"}, 400, "invalid_audio_format"),
        ({"audio": b""}, 400, "empty_file"),
    ],
)
def test_its_exceptions(convert: Convert, take: Path, given: dict[str, Any], status: int, code: str) -> None:
    with pytest.raises(ApiError) as caught:
        convert("convert", **({"audio": take.read_bytes()} | given))
    assert caught.value.status_code == status
    detail = caught.value.body["detail"]
    assert (detail["code"], detail["status"]) == (code, code)
    assert detail["request_id"] == (caught.value.headers or {})["request-id"]


@pytest.mark.parametrize(
    ("key", "code"),
    [(None, "needs_authorization"), ("wrong", "invalid_api_key"), ("rïght", "invalid_api_key")],
)
def test_a_key_that_is_not_the_right_one(take: Path, key: str | None, code: str) -> None:
    with serving(api_key="right") as server, httpx.Client() as http:
        right = ElevenLabs(api_key="right", base_url=server.url, httpx_client=http)
        assert b"".join(right.speech_to_speech.convert("ada", audio=take.read_bytes()))
        headers = {} if key is None else {"xi-api-key": key.encode("latin-1")}
        for path in ("/v1/voices", "/v2/voices", "/v1/models", "/v1/user/subscription", "/v1/voices/ada"):
            answer = http.get(server.url + path, headers=headers)
            assert (answer.status_code, answer.json()["detail"]["status"]) == (401, code)
        if key is None or key.isascii():
            client = ElevenLabs(api_key=key or "", base_url=server.url, httpx_client=http)
            with pytest.raises(ApiError) as caught:
                b"".join(client.speech_to_speech.convert("ada", audio=take.read_bytes()))
            assert caught.value.status_code == 401


def test_too_many_at_once(take: Path) -> None:
    engine = Waiting()
    with serving(engine, Limits(conversions=1)) as server, httpx.Client() as http:
        sdk = ElevenLabs(api_key="any", base_url=server.url, httpx_client=http).speech_to_speech
        first = sdk.stream("ada", audio=take.read_bytes(), request_options={"chunk_size": 5})
        assert next(first) == b"first"
        with pytest.raises(ApiError) as caught:
            list(sdk.convert("ada", audio=take.read_bytes()))
        assert caught.value.status_code == 429
        assert caught.value.body["detail"]["status"] == "too_many_concurrent_requests"
        headers = caught.value.headers or {}
        assert (headers["current-concurrent-requests"], headers["maximum-concurrent-requests"]) == ("1", "1")
        engine.going.set()
        assert b"".join(first) == b"rest"

        def converted() -> bytes:
            try:
                return b"".join(sdk.convert("ada", audio=take.read_bytes()))
            except ApiError:
                return b""  # the server notices the end of the first one a moment later

        assert wait_for(converted) == b"firstrest"


@pytest.mark.parametrize("name", ["mp3_44100_128", "opus_48000_64", "pcm_16000"])
def test_a_long_take_is_heard_long_before_it_is_done(long_take: Path, name: str) -> None:
    # Once must do: on a machine that is busy with other things, this thread may have its turn late.
    assert any(when_it_is_heard(long_take, name) < 0.75 for _ in range(3))


def when_it_is_heard(long_take: Path, name: str) -> float:
    """When the first second of a long take is here, as a part of the time that all of it takes."""
    wanted = OUTPUT_FORMATS[name]
    with (
        serving(limits=Limits(conversions=1)) as server,
        httpx.Client() as http,
        long_take.open("rb") as audio,
    ):
        sdk = ElevenLabs(api_key="any", base_url=server.url, httpx_client=http).speech_to_speech
        began = time.monotonic()
        chunks = sdk.stream("mara", audio=audio, output_format=name)
        head = b""
        while len(head) < wanted.bytes_per_second:
            head += next(chunks)
        heard = time.monotonic() - began
        rest = b"".join(chunks)
        done = time.monotonic() - began
    assert decoded(head + rest, name) == (60 * wanted.sample_rate, wanted.sample_rate)
    return heard / done

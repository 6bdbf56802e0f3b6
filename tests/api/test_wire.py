"""What is sent, seen from the server; and what is refused before anything is sent."""

from __future__ import annotations

import asyncio
import io
import os
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.capture import WAV, CaptureServer, Part
from api.conftest import FAST, KEY, VOICE
from takevoice.api import AsyncSpeechToSpeech, SpeechToSpeech, errors
from takevoice.errors import BackendUnavailable, StorageError
from takevoice.request import OUTPUT_FORMATS, STREAM_FORMATS, VoiceSettings

SETTINGS = '{"stability": 0.3,  "use_speaker_boost": false}'
EVERYTHING: dict[str, Any] = {
    "model_id": "eleven_multilingual_sts_v2",
    "output_format": "mp3_44100_128",
    "enable_logging": True,
    "optimize_streaming_latency": 2,
    "voice_settings": SETTINGS,
    "seed": 4294967295,
    "remove_background_noise": True,
    "file_format": "other",
}


def shape(parts: list[Part]) -> list[tuple[Any, ...]]:
    return [(part.name, part.filename, part.content_type, part.data) for part in parts]


@pytest.mark.service
@pytest.mark.parametrize("given", [{}, EVERYTHING, {"seed": 0, "enable_logging": False}])
@pytest.mark.parametrize("method", ["convert", "stream"])
@pytest.mark.parametrize("kind", ["file", "bytes"])
def test_the_same_arguments_give_the_same_request_as_the_official_sdk(
    server: CaptureServer,
    client: SpeechToSpeech,
    tmp_path: Path,
    given: dict[str, Any],
    method: str,
    kind: str,
) -> None:
    elevenlabs = pytest.importorskip("elevenlabs")
    take = tmp_path / 'Lead "Vox"_01.wav'
    take.write_bytes(WAV)
    with httpx.Client() as http:
        sdk = elevenlabs.ElevenLabs(api_key=KEY, base_url=server.url, httpx_client=http).speech_to_speech
        for convert in (getattr(sdk, method), getattr(client, method)):
            with take.open("rb") as file:
                audio = file if kind == "file" else WAV
                assert b"".join(convert(VOICE, audio=audio, **given)) == WAV
    theirs, ours = server.conversions
    assert ours.query == theirs.query
    assert shape(ours.parts) == shape(theirs.parts)
    assert ours.headers["xi-api-key"] == theirs.headers["xi-api-key"] == KEY
    assert ours.path == f"/v1/speech-to-speech/{VOICE}" + ("/stream" if method == "stream" else "")


def test_the_async_client_sends_the_same(server: CaptureServer, client: SpeechToSpeech) -> None:
    async def convert() -> bytes:
        async with AsyncSpeechToSpeech(KEY, base_url=server.url, retry=FAST) as client:
            return b"".join([chunk async for chunk in client.convert(VOICE, audio=WAV, **EVERYTHING)])

    assert asyncio.run(convert()) == WAV
    assert b"".join(client.convert(VOICE, audio=WAV, **EVERYTHING)) == WAV
    theirs, ours = server.conversions
    assert (ours.query, shape(ours.parts)) == (theirs.query, shape(theirs.parts))


def test_the_async_stream_can_be_awaited(server: CaptureServer) -> None:
    async def convert() -> tuple[str | None, bytes]:
        async with AsyncSpeechToSpeech(KEY, base_url=server.url) as client:
            stream = await client.convert(VOICE, audio=WAV, output_format="wav_48000")
            return stream.output_format, b"".join([chunk async for chunk in stream])

    assert asyncio.run(convert()) == ("wav_48000", WAV)


def test_audio_may_be_a_path_an_open_file_or_bytes(
    server: CaptureServer, client: SpeechToSpeech, tmp_path: Path
) -> None:
    take = tmp_path / "Gesang_ü.flac"
    take.write_bytes(WAV)
    with take.open("rb") as file:
        file.seek(100)
        for audio in (take, str(take), WAV, io.BytesIO(WAV), file):
            list(client.convert(VOICE, audio=audio))
        assert not file.closed
    audios = [seen.parts[-1] for seen in server.conversions]
    assert [part.data for part in audios] == [WAV] * 4 + [WAV[100:]]
    assert audios[0].content_type in ("audio/flac", "audio/x-flac")
    assert audios[2].filename == "upload"


def test_audio_that_cannot_seek_is_sent_in_chunks(server: CaptureServer, client: SpeechToSpeech) -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as pipe:
        pipe.write(WAV)
    with os.fdopen(reading, "rb", buffering=0) as pipe:
        list(client.convert(VOICE, audio=pipe))
    assert server.conversions[0].headers["transfer-encoding"] == "chunked"
    assert server.conversions[0].form["audio"] == WAV


def test_a_path_in_the_base_url_is_kept(server: CaptureServer, make_client: Any) -> None:
    list(make_client(base_url=f"{server.url}/proxy/voice/").convert(VOICE, audio=WAV))
    assert server.conversions[0].path == f"/proxy/voice/v1/speech-to-speech/{VOICE}"


def test_without_a_key_no_header_is_sent(server: CaptureServer, make_client: Any) -> None:
    list(make_client(api_key=None).convert(VOICE, audio=WAV))
    assert "xi-api-key" not in server.conversions[0].headers


@pytest.mark.parametrize("settings", [VoiceSettings(stability=0.5), {"stability": 0.5}])
def test_voice_settings_may_be_values(server: CaptureServer, client: SpeechToSpeech, settings: Any) -> None:
    list(client.convert(VOICE, audio=WAV, voice_settings=settings))
    assert server.conversions[0].form["voice_settings"] == b'{"stability": 0.5}'


def test_every_format_is_sent_as_it_is(server: CaptureServer, client: SpeechToSpeech) -> None:
    for name in OUTPUT_FORMATS:
        list(client.convert(VOICE, audio=WAV, output_format=name))
    for name in STREAM_FORMATS:
        list(client.stream(VOICE, audio=WAV, output_format=name))
    assert [seen.query["output_format"] for seen in server.conversions] == [*OUTPUT_FORMATS, *STREAM_FORMATS]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"voice_id": "../../v1/user"}, "voice_id"),
        ({"voice_id": ""}, "voice_id"),
        ({"output_format": "mp3_44100_127"}, "not an output format"),
        ({"output_format": ""}, "not an output format"),
        ({"output_format": []}, "output_format"),
        ({"seed": -1}, "seed"),
        ({"seed": 4294967296}, "seed"),
        ({"seed": "7"}, "seed"),
        ({"seed": True}, "seed"),
        ({"optimize_streaming_latency": 5}, "optimize_streaming_latency"),
        ({"enable_logging": "yes"}, "enable_logging"),
        ({"file_format": "pcm"}, "file_format"),
        ({"model_id": ""}, "model_id"),
        ({"voice_settings": "{stability: 1}"}, "voice_settings"),
        ({"voice_settings": '{"stability": 1.1}'}, "voice_settings.stability"),
        ({"voice_settings": '{"stability": "0.5"}'}, "voice_settings.stability"),
        ({"voice_settings": {"speed": 2}}, "voice_settings.speed"),
        ({"voice_settings": 7}, "voice_settings"),
        ({"voice_settings": "[]"}, "voice_settings"),
        ({"outputformat": "auto"}, "did you mean output_format"),
        ({"request_options": {"chunksize": 3}}, "did you mean chunk_size"),
        ({"request_options": {"chunk_size": "3"}}, "chunk_size"),
        ({"request_options": [1]}, "request_options"),
        ({"audio": b""}, "empty"),
        ({"audio": io.StringIO("text")}, "binary"),
        ({"audio": 7}, "int"),
        ({"audio": WAV, "file_format": "pcm_s16le_16"}, "to_pcm16"),
        ({"audio": b"\0\0\1", "file_format": "pcm_s16le_16"}, "even number"),
    ],
)
@pytest.mark.parametrize("method", ["convert", "stream"])
def test_wrong_parameters_are_refused_before_anything_is_sent(
    server: CaptureServer, client: SpeechToSpeech, given: dict[str, Any], told: str, method: str
) -> None:
    with pytest.raises(errors.InvalidParameter, match=told):
        list(getattr(client, method)(**({"voice_id": VOICE, "audio": WAV} | given)))
    assert server.seen == []


def test_all_wrong_parameters_are_told_at_once(client: SpeechToSpeech) -> None:
    with pytest.raises(errors.InvalidParameter, match=r"stability.*seed"):
        client.convert(VOICE, audio=WAV, seed=-1, voice_settings={"stability": 2})


def test_wav_cannot_be_streamed(server: CaptureServer, client: SpeechToSpeech) -> None:
    with pytest.raises(errors.InvalidParameter, match="cannot be streamed"):
        client.stream(VOICE, audio=WAV, output_format="wav_48000")
    assert server.seen == []


def test_a_missing_file_is_told_at_once(client: SpeechToSpeech, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"gone\.wav: cannot be read"):
        client.convert(VOICE, audio=tmp_path / "gone.wav")


def test_raw_audio_is_sent_as_it_is_and_other_audio_is_made_raw(
    server: CaptureServer, make_client: Any
) -> None:
    raw = b"\1\0" * 1600
    client = make_client(to_pcm16=lambda _: raw)
    list(client.convert(VOICE, audio=b"\2\0" * 50, file_format="pcm_s16le_16"))
    list(client.convert(VOICE, audio=WAV, file_format="pcm_s16le_16"))
    assert [seen.form["audio"] for seen in server.conversions] == [b"\2\0" * 50, raw]


@pytest.mark.parametrize(
    "base_url",
    ["", "api.elevenlabs.io", "ftp://x", "https://u:p@x", "https://x?a=1", "https://x#f", "http://"],
)
def test_a_base_url_that_cannot_be_used_is_refused(base_url: str) -> None:
    with pytest.raises(errors.InvalidParameter, match="base_url"):
        SpeechToSpeech(KEY, base_url=base_url)


@pytest.mark.parametrize("key", ["", "  ", "a\nb", "schlüssel", "a b"])
def test_a_key_that_cannot_be_one_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(BackendUnavailable) as caught:
        SpeechToSpeech(key)
    assert not key.strip() or key not in str(caught.value)


def test_chunks_have_the_size_that_was_asked_for(client: SpeechToSpeech) -> None:
    chunks = list(client.convert(VOICE, audio=WAV, request_options={"chunk_size": 500}))
    assert {len(chunk) for chunk in chunks[:-1]} == {500}
    assert b"".join(chunks) == WAV

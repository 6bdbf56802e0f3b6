"""Our own client against our own server, and the daemon's elevenlabs backend with it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile

from plugins.server.running import Running, Waiting, serving
from support import Cli, make_take
from takevoice.api import AsyncSpeechToSpeech, Retry, SpeechToSpeech, errors
from takevoice_plugins.server.limits import Limits


def test_everything_it_can_ask(running: Running, take: Path) -> None:
    with SpeechToSpeech("any", base_url=running.url) as client:
        assert len(client.voices()) == 12
        assert [voice.name for voice in client.voices(search="bass")] == ["bruno"]
        assert client.find_voice("Geor").id == client.voice("george").id == "george"
        assert all(model.can_do_voice_conversion for model in client.models())
        assert (client.subscription().tier, client.subscription().status) == ("enterprise", "active")
        audio = client.convert("ada", audio=take, output_format="auto", voice_settings={"style": 0.3}, seed=1)
        assert b"".join(audio)[:4] == b"RIFF"
        assert (audio.output_format, audio.credits) == ("wav_48000", 0)
        assert len(audio.request_id) == 32
        raw = b"".join(client.stream("ada", audio=take, output_format="pcm_24000"))
        assert len(raw) == 2 * 12_000


def test_with_asyncio(running: Running, take: Path) -> None:
    async def run() -> bytes:
        async with AsyncSpeechToSpeech(base_url=running.url) as client:
            return b"".join([chunk async for chunk in client.stream("ada", audio=take, output_format="auto")])

    assert len(asyncio.run(run())) == 2 * 24_000


@pytest.mark.parametrize(
    ("ask", "kind"),
    [
        (lambda client, _: client.convert("nobody", audio=b"x").open(), errors.VoiceNotFound),
        (lambda client, _: client.voice("nobody"), errors.VoiceNotFound),
        (lambda client, _: client.convert("ada", audio=b"x").open(), errors.AudioRefused),
        (lambda client, take: client.convert("ada", audio=take[:500]).open(), errors.AudioTooShort),
        (lambda client, take: client.convert("ada", audio=take * 3).open(), errors.AudioTooLarge),
        (
            lambda client, take: client.convert("ada", audio=take, model_id="v3").open(),
            errors.ModelCannotConvert,
        ),
    ],
)
def test_what_is_refused_has_its_name(
    take: Path, ask: Callable[[SpeechToSpeech, bytes], object], kind: type[errors.ApiError]
) -> None:
    with serving(limits=Limits(upload=50_000)) as server, SpeechToSpeech(base_url=server.url) as client:
        with pytest.raises(errors.ApiError) as caught:
            ask(client, take.read_bytes())
        assert type(caught.value) is kind
        assert caught.value.request_id


def test_keys(take: Path) -> None:
    with serving(api_key="right") as server:
        for key in (None, "wrong"):
            with SpeechToSpeech(key, base_url=server.url) as client, pytest.raises(errors.InvalidKey):
                client.convert("ada", audio=take).open()


def test_it_comes_again_when_there_is_room(take: Path) -> None:
    engine = Waiting()
    retry = Retry(first_delay=0.01)
    with (
        serving(engine, Limits(conversions=1)) as server,
        SpeechToSpeech(base_url=server.url) as first,
        SpeechToSpeech(base_url=server.url, retry=retry) as second,
    ):
        held = first.stream("ada", audio=take).open()
        engine.going.set()
        assert b"".join(second.convert("ada", audio=take)) == b"firstrest"
        assert b"".join(held) == b"firstrest"


def test_the_daemons_elevenlabs_backend(
    cli: Cli, running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.config(
        f"""
backend = "elevenlabs"
[defaults]
voice = "mara"
[plugins.elevenlabs]
base_url = "{running.url}"
"""
    )
    monkeypatch.setenv("ELEVENLABS_API_KEY", "any")
    take = make_take(tmp_path / "Lead_01.wav", 1.0, 44_100, channels=2)
    cli("convert", take)
    original, converted = soundfile.info(take), soundfile.info(tmp_path / "Lead_01.mara.wav")
    for name in ("frames", "samplerate", "channels", "subtype"):
        assert getattr(converted, name) == getattr(original, name)
    assert "bruno" in cli("voices", "bass").stdout

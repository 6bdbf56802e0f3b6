"""What is written for the real service runs as it is: the documentation's samples, its voices, the fields of its answers."""

from __future__ import annotations

import gc
import os
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
import soundfile
from elevenlabs import ElevenLabs, GetSpeechHistoryResponse, Model, Subscription, User, Voice, VoiceSettings
from elevenlabs.environment import ElevenLabsEnvironment

from plugins.server.conftest import wav
from plugins.server.running import Running, serving
from plugins.server.test_schemathesis import SEEDS
from support import Cli, make_take
from takevoice.api import AsyncSpeechToSpeech
from takevoice_plugins.local.catalogue import PRESETS
from takevoice_plugins.server.aliases import DOCUMENTED, with_given
from takevoice_plugins.server.engine import LocalEngine

GEORGE = "JBFqnCBsd6RMkjVDRZzb"  # in every sample of the documentation
RACHEL = "21m00Tcm4TlvDq8ikWAM"  # the default of the official Python SDK's own tests
JANET = "eLDc7xhWxG2FElT3kUTj"  # of the Node SDK's, since the service has retired Rachel
ADAM = "pNInz6obpgDQGcFmaJgB"


@pytest.fixture
def sdk(running: Running) -> Iterator[ElevenLabs]:
    with httpx.Client() as http:
        yield ElevenLabs(api_key="any", base_url=running.url, httpx_client=http)


def converted(sdk: ElevenLabs, voice: str, take: Path) -> bytes:
    return b"".join(sdk.speech_to_speech.convert(voice, audio=take.read_bytes(), output_format="pcm_16000"))


def test_a_documented_voice_is_the_designed_voice_nearest_to_it(sdk: ElevenLabs, take: Path) -> None:
    assert converted(sdk, GEORGE, take) == converted(sdk, "george", take) != converted(sdk, ADAM, take)
    assert {alias.voice for alias in DOCUMENTED} <= {preset.id for preset in PRESETS}
    assert len({alias.id for alias in DOCUMENTED}) == len(DOCUMENTED)


def test_a_documented_voice_is_found_by_id_and_by_name_and_not_listed_twice(sdk: ElevenLabs) -> None:
    voice = sdk.voices.get(RACHEL)
    assert (voice.voice_id, voice.name, (voice.labels or {})["gender"]) == (RACHEL, "Rachel", "female")
    assert sdk.voices.get(JANET).name == "Janet"
    assert sdk.voices.settings.get(RACHEL) == sdk.voices.settings.get_default()
    assert [(v.voice_id, v.name) for v in sdk.voices.search(search="Adam").voices] == [(ADAM, "Adam")]
    assert [v.voice_id for v in sdk.voices.search(voice_ids=[GEORGE, "ada"]).voices] == ["ada", GEORGE]
    assert [v.name for v in sdk.voices.search(search="george").voices] == ["george"]
    assert len(sdk.voices.get_all().voices) == len(PRESETS)


WOMEN = set(
    "Alice Aria Charlotte Domi Dorothy Elli Emily Freya Gigi Glinda Grace Janet Jessica Laura Lily Matilda Mimi Nicole Rachel Sarah Serena".split()
)


def test_a_documented_voice_sounds_like_a_woman_or_a_man_as_it_does_there() -> None:
    genders = {preset.id: preset.labels["gender"] for preset in LocalEngine().voices()}
    given = {alias.name: genders[alias.voice] for alias in DOCUMENTED}
    assert {name for name in given if given[name] == "female"} - {"River"} == WOMEN


def test_an_alias_of_your_own(take: Path) -> None:
    aliases = with_given({"studio-1": "Mara", GEORGE: "ada"}, LocalEngine().voices())
    with serving(aliases=aliases) as server, httpx.Client() as http:
        sdk = ElevenLabs(api_key="any", base_url=server.url, httpx_client=http)
        assert converted(sdk, "studio-1", take) == converted(sdk, "mara", take)
        assert converted(sdk, GEORGE, take) == converted(sdk, "ada", take)
        assert converted(sdk, RACHEL, take)


@pytest.mark.parametrize("given", ["x=nosuchvoice", "x", "=ada", "a b=ada"])
def test_an_alias_that_cannot_be(cli: Cli, given: str) -> None:
    done = cli("serve", "--port", "0", "--alias", given, check=2)
    assert len(done.stderr.splitlines()) == 1
    assert f"--alias {given}" in done.stderr


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/v1/voices/ada", Voice),
        ("/v1/voices/settings/default", VoiceSettings),
        ("/v1/user/subscription", Subscription),
        ("/v1/user", User),
        ("/v1/history", GetSpeechHistoryResponse),
        ("/v1/models", Model),
        ("/v1/voices", Voice),
        ("/v2/voices", Voice),
        ("/v1/voices/ada/settings", VoiceSettings),
    ],
)
def test_every_field_of_the_api_is_there(running: Running, path: str, kind: Any) -> None:
    body = httpx.get(running.url + path).json()
    entries = body.get("voices", [body]) if isinstance(body, dict) else body
    assert entries
    for entry in entries:
        assert missing(entry, kind) == set()
        kind.model_validate(entry, strict=True)


def missing(entry: Any, kind: Any) -> set[str]:
    """The fields of the SDK's type that are not in what the server sent, also of what is inside it."""
    found = set(kind.model_fields) - set(entry)
    for name, field in kind.model_fields.items():
        inner = [each for each in (field.annotation, *get_args(field.annotation)) if hasattr(each, "model_fields")]
        if inner and isinstance(entry.get(name), dict):
            found |= {f"{name}.{each}" for each in missing(entry[name], inner[0])}
    return found


def test_what_clients_request_first(sdk: ElevenLabs) -> None:
    assert sdk.user.get().subscription.tier == "enterprise"
    history = sdk.history.list()
    assert (history.history, history.has_more) == ([], False)


def test_the_defaults_are_those_of_the_documentation(running: Running) -> None:
    paths = httpx.get(f"{running.url}/openapi.json").json()["paths"]
    for path in ("/v1/speech-to-speech/{voice_id}", "/v1/speech-to-speech/{voice_id}/stream"):
        operation = paths[path]["post"]
        query = {each["name"]: each["schema"].get("default") for each in operation["parameters"]}
        form = operation["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"]
        assert (query["output_format"], query["enable_logging"]) == ("mp3_44100_128", True)
        assert form["model_id"]["default"] == "eleven_english_sts_v2"
        assert form["remove_background_noise"]["default"] is False
        assert form["file_format"]["default"] == "other"


@pytest.fixture(scope="session")
def seeds() -> str:
    if SEEDS not in os.environ:
        pytest.skip(f"{SEEDS} names no folder with the service's documentation")
    return "\n".join(path.read_text("utf-8") for path in sorted(Path(os.environ[SEEDS]).iterdir()))


@pytest.mark.parametrize("number", [0, 1])
def test_the_samples_of_the_sdk_run_as_they_are(
    seeds: str, running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    samples = re.findall(r"^(from elevenlabs import ElevenLabs\n.*?)\nvoice_id$", seeds, re.S | re.M)
    make_take(tmp_path / "input_audio.mp3", 1.0, 44_100, subtype="MPEG_LAYER_III", container="MP3")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(ElevenLabsEnvironment.PRODUCTION, "_value_", running.url)
    chunks: list[bytes] = []
    names: dict[str, Any] = {"process_audio_chunk": chunks.append}
    exec(compile(samples[number], "sample", "exec"), names)
    names["client"]._client_wrapper.httpx_client.httpx_client.close()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # the samples leave their file open
        names.clear()
        gc.collect()
    if number == 0:
        chunks.append((tmp_path / "output.mp3").read_bytes())
    (tmp_path / "got.mp3").write_bytes(b"".join(chunks))
    assert soundfile.info(tmp_path / "got.mp3").samplerate == 44_100


def test_the_sample_for_asyncio_runs_as_it_is_with_our_client(
    seeds: str, running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It awaits what the official client returns, which only ours allows."""
    (sample,) = re.findall(r"^import asyncio\nfrom elevenlabs import AsyncElevenLabs\n.*?^asyncio\.run\(\w+\(\)\)$", seeds, re.S | re.M)
    make_take(tmp_path / "input_audio.mp3", 1.0, 44_100, subtype="MPEG_LAYER_III", container="MP3")
    monkeypatch.chdir(tmp_path)
    chunks: list[bytes] = []

    class Client:
        def __init__(self, api_key: str) -> None:
            self.speech_to_speech = AsyncSpeechToSpeech(api_key, base_url=running.url)

    monkeypatch.setattr("elevenlabs.AsyncElevenLabs", Client)
    assert "        pass\n" in sample
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves its file open
        exec(compile(sample.replace("        pass\n", "        chunks.append(chunk)\n"), "sample", "exec"), {"chunks": chunks})
        gc.collect()
    (tmp_path / "got.mp3").write_bytes(b"".join(chunks))
    assert soundfile.info(tmp_path / "got.mp3").samplerate == 44_100


def test_the_reference_s_python_sample_runs_as_it_is(seeds: str, running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """It sends nothing: it never reads what it gets."""
    (sample,) = re.findall(r"```python\n(.*?)```", seeds, re.S)
    monkeypatch.setattr(ElevenLabsEnvironment.PRODUCTION, "_value_", running.url)
    names: dict[str, Any] = {}
    exec(compile(sample, "sample", "exec"), names)
    names["client"]._client_wrapper.httpx_client.httpx_client.close()


@pytest.mark.parametrize("end", ["", "\r\n--{boundary}--\r\n"])
def test_the_swift_sample_s_body_is_read_once_it_is_complete(seeds: str, running: Running, end: str) -> None:
    """Its headers have no space after the colon, and it never ends its form."""
    sample = re.findall(r"```swift\n(.*?)```", seeds, re.S)[0]
    boundary = re.findall(r'let boundary = "(.*)"', sample)[0]
    target = re.findall(r'https://api\.elevenlabs\.io(/v1/speech-to-speech/[^"]+)"', sample)[0]
    assert '"Content-Disposition:form-data; name=' in sample
    part = f"--{boundary}\r\nContent-Disposition:form-data; name="
    body = f'{part}"audio"; filename="<file1>"\r\nContent-Type: x\r\n\r\n'.encode() + wav(0.3)
    body += f'\r\n{part}"model_id"\r\n\r\neleven_multilingual_sts_v2'.encode() + end.format(boundary=boundary).encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    got = httpx.post(running.url + target, content=body, headers=headers)
    assert got.status_code == (200 if end else 422), got.text


def test_the_php_sample_s_body_is_read(seeds: str, running: Running) -> None:
    sample = re.findall(r"```php\n(.*?)```", seeds, re.S)[0]
    target = re.findall(r"https://api\.elevenlabs\.io(/v1/speech-to-speech/[^']+)'", sample)[0]
    model = re.findall(r"'contents' => '(.*)'", sample)[0]
    for audio, status in ((b"", 400), (wav(0.3), 200)):
        got = httpx.post(running.url + target, files={"audio": ("<file1>", audio)}, data={"model_id": model}, headers={"xi-api-key": "xi-api-key"})
        assert got.status_code == status, got.text


@pytest.mark.parametrize("language", ["go", "ruby", "java", "csharp"])
def test_the_raw_samples_are_understood(seeds: str, running: Running, language: str) -> None:
    sample = re.findall(rf"```{language}\n(.*?)```", seeds, re.S)[0]
    target = re.findall(r'https://api\.elevenlabs\.io(/v1/speech-to-speech/[^"]+)"', sample)[0]
    kind = re.findall(r"multipart/form-data; boundary=[-\w]+", sample)[0]
    body = re.findall(r'"(-----\d.*--\\r\\n)"', sample)[0].encode().decode("unicode_escape")
    empty = httpx.post(running.url + target, content=body, headers={"Content-Type": kind})
    assert (empty.status_code, empty.json()["detail"]["code"]) == (400, "empty_file")  # as it stands there
    head, _, rest = body.partition("octet-stream\r\n\r\n")
    full = f"{head}octet-stream\r\n\r\n".encode() + wav(0.3) + rest.encode()
    got = httpx.post(running.url + target, content=full, headers={"Content-Type": kind})
    assert got.status_code == 200, got.text
    assert got.content[:3] == b"ID3" or got.content[0] == 0xFF

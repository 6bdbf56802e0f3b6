"""What surrounds a request: proxies, machines that answer in the API's place, files of asyncio, options of one request."""

from __future__ import annotations

import asyncio
import io
import logging
import socket
import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import anyio
import httpx
import pytest

from api.capture import WAV, CaptureServer, audio, page, serving, stall
from api.conftest import FAST, KEY, VOICE
from takevoice.api import AsyncSpeechToSpeech, Retry, SpeechToSpeech, errors
from takevoice.api.body import AudioBody
from takevoice.api.options import NAMES
from takevoice.api.proxies import proxy_for
from takevoice.errors import BackendUnavailable

VARIABLES = [f"{kind}_proxy" for kind in ("http", "https", "all", "no", "socks")]
API = "https://api.elevenlabs.io"


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize(
    ("variable", "value", "proxy"),
    [
        ("ALL_PROXY", "socks://127.0.0.1:1080/", "socks5h://127.0.0.1:1080"),
        ("all_proxy", "socks5://127.0.0.1:1080", "socks5://127.0.0.1:1080"),
        ("HTTPS_PROXY", "proxy.example:3128", "http://proxy.example:3128"),
        ("https_proxy", "HTTP://proxy.example:3128", "http://proxy.example:3128"),
        ("HTTPS_PROXY", " http://proxy.example:3128 ", "http://proxy.example:3128"),
        ("HTTP_PROXY", "http://proxy.example:3128", None),
        ("HTTPS_PROXY", "", None),
    ],
)
def test_the_proxy_is_the_one_that_the_environment_means(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, proxy: str | None
) -> None:
    monkeypatch.setenv(variable, value)
    found = proxy_for(API)
    assert (None if found is None else str(found.url).rstrip("/")) == proxy


@pytest.mark.parametrize("value", ["socks4://x:1", "quic://x", "http://[::1", "http://u:secret@x:99999", "http://"])
def test_a_proxy_that_cannot_be_used_is_named_and_its_password_is_not(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", value)
    with pytest.raises(BackendUnavailable, match="ALL_PROXY") as caught:
        SpeechToSpeech(KEY)
    assert "secret" not in str(caught.value)
    with pytest.raises(BackendUnavailable, match="ALL_PROXY"):
        AsyncSpeechToSpeech(KEY)


@pytest.mark.parametrize(
    ("exempt", "base_url"),
    [
        ("", "http://127.0.0.1:9872"),
        ("", "http://localhost:9872"),
        ("", "http://[::1]:9872"),
        ("api.elevenlabs.io", API),
        (".elevenlabs.io,other", API),
        ("*", API),
        ("10.0.0.0/8", "http://10.1.2.3:9872"),
        ("gateway:9872", "http://gateway:9872"),
        ("*.elevenlabs.io", API),
        ("localhost 127.0.0.1 .elevenlabs.io", API),
        ("localhost, api.elevenlabs.io", API),
        ("localhost, 10.0.0.0/8", "http://10.1.2.3:9872"),
    ],
)
def test_what_is_reached_without_a_proxy(monkeypatch: pytest.MonkeyPatch, exempt: str, base_url: str) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://proxy.example:3128")
    assert (proxy_for(base_url) is None) == (not exempt)
    monkeypatch.setenv("NO_PROXY", exempt)
    assert proxy_for(base_url) is None
    assert (proxy_for("https://other.example") is None) == (exempt == "*")


@pytest.mark.parametrize("exempt", ["labs.io", "*labs.io", "api.elevenlabs", "example.com", "*.api.elevenlabs.io.example", "10.0.0.0/8"])
def test_no_other_host_is_exempt(monkeypatch: pytest.MonkeyPatch, exempt: str) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", exempt)
    assert proxy_for(API) is not None


def test_this_machine_is_never_reached_through_a_proxy(
    server: CaptureServer, client: SpeechToSpeech, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        with SpeechToSpeech(KEY, base_url=server.url) as fresh:
            assert b"".join(fresh.convert(VOICE, audio=WAV)) == WAV
        assert proxy.seen == []


class Socks(socketserver.StreamRequestHandler):
    """A SOCKS5 proxy that leads every connection to one server, and keeps the names it was given."""

    server: Any

    def handle(self) -> None:
        _, methods = self.rfile.read(2)
        self.rfile.read(methods)
        self.wfile.write(b"\5\0")
        self.rfile.read(3)
        kind = self.rfile.read(1)[0]
        name = self.rfile.read(4) if kind == 1 else self.rfile.read(self.rfile.read(1)[0])
        (port,) = struct.unpack(">H", self.rfile.read(2))
        self.server.names.append((name, port))
        with socket.create_connection(self.server.target) as there:
            self.wfile.write(b"\5\0\0\1" + bytes(6))
            back = threading.Thread(target=self.copy, args=(there, self.connection), daemon=True)
            back.start()
            with suppress(OSError):
                while data := self.rfile.read1(65536):
                    there.sendall(data)

    @staticmethod
    def copy(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)


@pytest.fixture
def socks(server: CaptureServer) -> Iterator[Any]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Socks) as proxy:
        proxy.daemon_threads = True
        proxy.target, proxy.names = server.server_address, []  # type: ignore[attr-defined]
        threading.Thread(target=proxy.serve_forever, args=(0.01,), daemon=True).start()
        yield proxy
        proxy.shutdown()


@pytest.mark.parametrize("scheme", ["socks", "socks5"])
def test_a_conversion_through_socks(
    server: CaptureServer, socks: Any, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", f"{scheme}://127.0.0.1:{socks.server_address[1]}/")
    with SpeechToSpeech(KEY, base_url="http://api.example:81") as client:
        assert b"".join(client.convert(VOICE, audio=WAV)) == WAV
    assert socks.names == [(b"api.example", 81)]
    assert server.conversions[0].headers["host"] == "api.example:81"


def test_a_proxy_that_does_not_answer_is_mentioned(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setenv("HTTP_PROXY", f"127.0.0.1:{port}")
    client = SpeechToSpeech(KEY, base_url="http://api.example", retry=Retry(times=0))
    with client, pytest.raises(errors.Unreachable, match="HTTP_PROXY"):
        client.convert(VOICE, audio=WAV).open()


def told(error: errors.ApiError) -> str:
    return f"{error} {error.billed}"


@pytest.mark.parametrize(
    ("answer", "kind", "billed", "never"),
    [
        (
            page(500, {"detail": {"status": "something_went_wrong", "message": "You are not charged for this request."}}),
            errors.NotCharged, False, "may have been billed",
        ),
        (page(500, {"detail": "Internal Server Error"}), errors.ServerFailed, None, "not charged"),
        (page(403, b"<html>Attention Required! | Cloudflare", Content_Type="text/html"), errors.Intercepted, False, "permission"),
        (page(401, b"Unauthorized", Content_Type="text/plain"), errors.Intercepted, False, "check the key"),
        (page(403, {"detail": {"status": "missing_permissions", "message": "no"}}), errors.MissingPermission, False, "firewall"),
        (page(407, b"", Content_Type="text/html"), errors.Unreachable, False, "may have been billed"),
        (
            page(401, {"detail": {"status": "detected_unusual_activity", "message": "Unusual activity detected."}}),
            errors.AccountRestricted, False, "check the key",
        ),
        (audio(b"\x1f\x8b no gzip at all", Content_Encoding="gzip"), errors.SpoiltAnswer, True, "base_url"),
        (audio(b"\x8b\x03 quite another", Content_Encoding="x-lzma"), errors.SpoiltAnswer, True, "base_url"),
        (page(502, {"detail": {"message": "Try again. You are not charged for this request."}}), errors.NotCharged, False, "may have been billed"),
        (page(500, {"detail": {"status": "system_busy", "message": "You won't be charged."}}), errors.NotCharged, False, "may have been billed"),
        (page(200, {"detail": {"status": "x", "message": "You have not been charged."}}), errors.NotCharged, False, "may have been billed"),
        (audio(WAV + b'{"detail": {"message": "You were not billed."}}'), errors.NotCharged, False, "may have been billed"),
        (page(400, b"<html>400 Bad Request</html>", Content_Type="text/html"), errors.InvalidRequest, False, "parameter"),
        (page(413, b"<html>nginx</html>", Content_Type="text/html"), errors.AudioTooLarge, False, "50 MB"),
    ],
)  # fmt: skip
def test_a_message_does_not_contradict_itself(
    server: CaptureServer, client: SpeechToSpeech, answer: Any, kind: type, billed: bool | None, never: str
) -> None:
    server.answers = [answer]
    with pytest.raises(errors.ApiError) as caught:
        b"".join(client.convert(VOICE, audio=WAV))
    assert (type(caught.value), caught.value.billed) == (kind, billed), told(caught.value)
    assert never not in str(caught.value)
    assert len(server.conversions) == 1


@pytest.mark.parametrize("size", [1, 7, 5000])
@pytest.mark.parametrize("byte", [b"{", b"[", b"<", b" ", b"\x7e"])
def test_quiet_mu_law_audio_is_audio(byte: bytes, size: int) -> None:
    sound = byte * 4000
    body = AudioBody("application/octet-stream", 200, "", raw=True)
    got = b"".join(body.feed(sound[start : start + size]) for start in range(0, len(sound), size))
    assert got + body.end() == sound


@pytest.mark.parametrize("text", [b'{"detail": "no"}', b"<!DOCTYPE html><p>no", b"<HTML>"])
def test_text_in_place_of_mu_law_audio_is_text(text: bytes) -> None:
    body = AudioBody("application/octet-stream", 200, "", raw=True)
    assert b"".join(body.feed(text[i : i + 1]) for i in range(len(text))) == b""
    with pytest.raises(errors.NotAudioAnswer):
        body.end()


def test_mu_law_silence_comes_through_the_client(server: CaptureServer, client: SpeechToSpeech) -> None:
    server.answers = [audio(b"{" * 4000, Content_Type="application/octet-stream")]
    assert b"".join(client.convert(VOICE, audio=WAV, output_format="ulaw_8000")) == b"{" * 4000


def test_a_list_of_models_that_does_not_come_delays_no_conversion(
    server: CaptureServer, client: SpeechToSpeech
) -> None:
    server.pages["/v1/models"] = stall
    assert b"".join(client.convert(VOICE, audio=WAV, model_id="eleven_multilingual_sts_v2")) == WAV
    assert [seen.method for seen in server.seen] == ["POST"]


class Aio:
    """A file as aiofiles has it: every method is a coroutine."""

    def __init__(self, data: bytes, seekable: bool = True) -> None:
        self._file, self._seekable, self.name = io.BytesIO(data), seekable, "take.flac"

    async def read(self, size: int = -1) -> bytes:
        await asyncio.sleep(0)
        return self._file.read(size)

    async def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    async def tell(self) -> int:
        return self._file.tell()

    async def seekable(self) -> bool:
        return self._seekable


def test_what_a_web_framework_has_received_is_sent_on(server: CaptureServer) -> None:
    class Received:
        """An upload as FastAPI and others hand it to their users: it can be read with await, and has no positions."""

        filename = "Gesang_01.flac"

        def __init__(self) -> None:
            self._file = io.BytesIO(WAV)

        async def read(self, size: int = -1) -> bytes:
            return self._file.read(size)

        async def seek(self, offset: int) -> None:
            self._file.seek(offset)

    async def convert() -> None:
        async with AsyncSpeechToSpeech(KEY, base_url=server.url, retry=FAST) as client:
            await client.convert(VOICE, audio=Received())  # type: ignore[arg-type]

    asyncio.run(convert())
    (part,) = server.conversions[0].parts
    assert (part.filename, part.data) == ("Gesang_01.flac", WAV)


def test_files_of_asyncio(server: CaptureServer, tmp_path: Any) -> None:
    take = tmp_path / "take.flac"
    take.write_bytes(WAV)

    async def convert() -> None:
        async with AsyncSpeechToSpeech(KEY, base_url=server.url, retry=FAST) as client:
            for file in (Aio(WAV), Aio(WAV, seekable=False)):
                await client.convert(VOICE, audio=file)  # type: ignore[arg-type]
            async with await anyio.open_file(take, "rb") as opened:
                await client.stream(VOICE, audio=opened)  # type: ignore[arg-type]

    asyncio.run(convert())
    assert [seen.form["audio"] for seen in server.conversions] == [WAV] * 3
    assert {seen.parts[-1].filename for seen in server.conversions} == {"take.flac"}
    assert "transfer-encoding" in server.conversions[1].headers


def test_a_file_of_asyncio_is_no_file_for_threads(client: SpeechToSpeech) -> None:
    with pytest.raises(errors.InvalidParameter, match="AsyncSpeechToSpeech"):
        client.convert(VOICE, audio=Aio(WAV))  # type: ignore[arg-type]


def test_additions_to_one_request(server: CaptureServer, client: SpeechToSpeech) -> None:
    options = {
        "additional_headers": {"x-project": "Pilot", "x-none": None},
        "additional_query_parameters": {"beta": True},
        "additional_body_parameters": {"new_option": 3},
    }
    list(client.convert(VOICE, audio=WAV, seed=7, request_options=options))
    (seen,) = server.conversions
    assert (seen.headers["x-project"], seen.query, seen.form["new_option"]) == ("Pilot", {"beta": "true"}, b"3")
    assert (seen.form["seed"], seen.form["audio"], "x-none" in seen.headers) == (b"7", WAV, False)


def test_a_header_of_ones_own_replaces_the_clients_however_it_is_written() -> None:
    sent: list[list[tuple[bytes, bytes]]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        request.read()
        sent.append(request.headers.raw)
        return httpx.Response(200, content=WAV)

    with SpeechToSpeech(KEY, transport=httpx.MockTransport(answer)) as client:
        list(client.convert(VOICE, audio=WAV, request_options={"additional_headers": {"user-agent": "studio/1"}}))
    assert [value for name, value in sent[0] if name.lower() == b"user-agent"] == [b"studio/1"]


@pytest.mark.service
def test_the_options_of_a_request_are_those_of_the_official_sdk() -> None:
    options = pytest.importorskip("elevenlabs.core.request_options")
    assert set(NAMES) == set(options.RequestOptions.__annotations__)


@pytest.mark.parametrize(
    "options",
    [
        {"additional_headers": {"xi-api-key": "secret"}},
        {"additional_headers": {"Host": "secret"}},
        {"additional_headers": {"x": "a\r\nb: secret"}},
        {"additional_headers": {"a b": "secret"}},
        {"additional_query_parameters": {"output_format": "secret"}},
        {"additional_body_parameters": {"audio": "secret"}},
        {"additional_body_parameters": {"a\"\r\n": "secret"}},
        {"additional_body_parameters": {"x": ["secret"]}},
        {"additional_body_parameters": ["secret"]},
    ],
)  # fmt: skip
def test_additions_that_would_change_what_was_checked(client: SpeechToSpeech, options: Any) -> None:
    with pytest.raises(errors.InvalidParameter, match="request_options: additional_") as caught:
        client.convert(VOICE, audio=WAV, request_options=options)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("given", ['{"stability": 0.5, "clone_strength": 0.3}', {"stability": 0.5, "clone_strength": 0.3}])
def test_settings_of_tomorrow_are_sent_with_one_warning(
    server: CaptureServer, client: SpeechToSpeech, caplog: pytest.LogCaptureFixture, given: Any
) -> None:
    with caplog.at_level(logging.WARNING, "takevoice.api"):
        for _ in range(2):
            list(client.convert(VOICE, audio=WAV, voice_settings=given))
        list(client.convert(VOICE, audio=WAV, voice_settings={"stabilty": 0.5}))
    sent = [seen.form["voice_settings"] for seen in server.conversions]
    assert sent == [b'{"stability": 0.5, "clone_strength": 0.3}'] * 2 + [b'{"stabilty": 0.5}']
    first, second = [record.getMessage() for record in caplog.records]
    assert "clone_strength" in first
    assert "did you mean stability?" in second


@pytest.mark.service
def test_the_settings_of_the_official_sdk_are_settings(server: CaptureServer, client: SpeechToSpeech) -> None:
    elevenlabs = pytest.importorskip("elevenlabs")
    list(client.convert(VOICE, audio=WAV, voice_settings=elevenlabs.VoiceSettings(stability=0.5)))
    list(client.convert(VOICE, audio=WAV, voice_settings=elevenlabs.VoiceSettings()))
    assert server.conversions[0].form["voice_settings"] == b'{"stability": 0.5}'
    assert "voice_settings" not in server.conversions[1].form

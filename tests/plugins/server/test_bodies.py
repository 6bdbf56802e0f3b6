"""Bodies as many clients send them, byte by byte, and those that nobody should send."""

from __future__ import annotations

import io
import json

import pytest
import soundfile

from plugins.server.conftest import wav
from plugins.server.running import Running

AUDIO = wav(0.2)
FORMAT = "/v1/speech-to-speech/ada?output_format=pcm_16000"
DISPOSITION = b"Content-Disposition: form-data; name="


def part(name: str, value: bytes, more: bytes = b"") -> bytes:
    return b"--xyz\r\n" + DISPOSITION + b'"' + name.encode() + b'"' + more + b"\r\n\r\n" + value + b"\r\n"


def audio(more: bytes = b'; filename="take.wav"\r\nContent-Type: audio/x-wav', value: bytes = AUDIO) -> bytes:
    return part("audio", value, more)


END = b"--xyz--\r\n"
MULTIPART = b"multipart/form-data; boundary=xyz"


def request(body: bytes, *, target: str = FORMAT, kind: bytes = MULTIPART, chunk: int = 0) -> bytes:
    head = f"POST {target} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ".encode() + kind + b"\r\n"
    if not chunk:
        return head + f"Content-Length: {len(body)}\r\n\r\n".encode() + body
    pieces = [body[start : start + chunk] for start in range(0, len(body), chunk)]
    return (
        head
        + b"Transfer-Encoding: chunked\r\n\r\n"
        + b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in [*pieces, b""])
    )


@pytest.mark.parametrize(
    "body",
    [
        part("model_id", b"eleven_english_sts_v2") + part("seed", b"7") + audio() + END,
        audio() + part("seed", b"7") + part("model_id", b"eleven_english_sts_v2") + END,
        audio() + b"".join(part(n, b"") for n in ("model_id", "voice_settings", "seed", "remove_background_noise", "file_format")) + END,
        audio() + part("seed", b"null") + part("voice_settings", b"null") + END,
        audio(b"") + END,
        audio(b'; filename=""') + END,
        audio('; filename="Größe 日本 “Vox”.wav"'.encode()) + END,
        audio(b'; filename="a\\"b.wav"\r\ncontent-type: text/plain\r\nX-Other: 1') + END,
        b"\r\n" + audio() + END + b"an epilogue",
        audio() + part("unheard_of", b"x" * 1000) + part("voice_settings", b'{"stability": 1}') + END,
    ],
    ids=["sdk", "js", "empty", "null", "bare", "no-name", "utf-8", "odd-headers", "around", "unknown-field"],
)  # fmt: skip
@pytest.mark.parametrize("chunk", [0, 1000], ids=["whole", "chunked"])
def test_a_body_is_understood(running: Running, body: bytes, chunk: int) -> None:
    status, headers, got = running.exchange(request(body, chunk=chunk))
    assert (status, len(got)) == (200, 2 * 3200), got[:300]
    assert headers["content-type"] == "application/octet-stream"
    assert headers["request-id"] == headers["x-trace-id"]
    assert headers["character-cost"] == "0"
    assert int(headers["maximum-concurrent-requests"]) >= 2


def test_a_body_byte_by_byte(running: Running) -> None:
    status, _, got = running.exchange(request(audio() + part("seed", b"7") + END, chunk=1))
    assert (status, len(got)) == (200, 2 * 3200)


@pytest.mark.parametrize("prefix", ["/v1/speech-to-speech", "/v1/voice-changer"])
@pytest.mark.parametrize("rest", ["", "/stream"])
def test_both_names_of_both_ways(running: Running, prefix: str, rest: str) -> None:
    target = f"{prefix}/george{rest}?output_format=pcm_8000&enable_logging=false&optimize_streaming_latency=3"
    status, headers, got = running.exchange(request(audio() + END, target=target))
    assert status == 200
    assert len(got) == 2 * 1600
    assert ("transfer-encoding" in headers) == bool(rest)


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (part("seed", b"7") + END, ["body", "audio"]),
        (audio() + part("seed", b"4294967296") + END, ["body", "seed"]),
        (audio() + part("seed", b"7") + part("seed", b"8") + END, ["body", "seed"]),
        (audio() + audio() + END, ["body", "audio"]),
        (audio() + part("remove_background_noise", b"perhaps") + END, ["body", "remove_background_noise"]),
        (audio() + part("file_format", b"mp3") + END, ["body", "file_format"]),
        (audio() + part("voice_settings", b"{stability") + END, ["body", "voice_settings"]),
        (audio() + part("voice_settings", b"[]") + END, ["body", "voice_settings"]),
        (audio() + part("voice_settings", b'{"stability": NaN}') + END, ["body", "voice_settings", "stability"]),
        (audio() + part("voice_settings", b'{"speed": 2}') + END, ["body", "voice_settings", "speed"]),
        (audio(), ["body"]),
        (audio()[:-300], ["body"]),
        (b"nothing of the kind", ["body"]),
        (b"--xyz\r\n" + b"X: " + b"y" * 10_000 + b"\r\n\r\n\r\n" + END, ["body"]),
    ],
)  # fmt: skip
def test_a_wrong_body_is_told_with_its_place(running: Running, body: bytes, place: list[str]) -> None:
    status, _, got = running.exchange(request(body))
    assert (status, [fault["loc"] for fault in json.loads(got)["detail"]]) == (422, [place])
    assert set(json.loads(got)["detail"][0]) == {"type", "loc", "msg"}


@pytest.mark.parametrize("query", ["output_format=auto", "output_format=pcm_1", "enable_logging=2",
                                   "optimize_streaming_latency=5", "output_format=pcm_8000&output_format=pcm_16000"])  # fmt: skip
def test_a_wrong_query_is_told_with_its_place(running: Running, query: str) -> None:
    status, _, got = running.exchange(request(audio() + END, target=f"/v1/speech-to-speech/ada?{query}"))
    [fault] = json.loads(got)["detail"]
    assert (status, fault["loc"]) == (422, ["query", query.partition("=")[0]])


@pytest.mark.parametrize(
    "query",
    ["output_format=&enable_logging=&optimize_streaming_latency=", "enable_logging=1", "enable_logging=no",
     "enable_logging=Off&optimize_streaming_latency=+3", "optimize_streaming_latency=2.0"],
)  # fmt: skip
def test_values_are_read_as_leniently_as_the_service_reads_them(running: Running, query: str) -> None:
    settings = part("voice_settings", b'{"stability": "0.5", "style": 0, "use_speaker_boost": "true", "speed": "1.0"}')
    body = part("remove_background_noise", b"yes") + part("seed", b" 7 ") + settings + audio() + END
    status, _, got = running.exchange(request(body, target=f"/v1/speech-to-speech/ada?{query}"))
    assert status == 200, got
    assert query[0] != "o" or got[:3] == b"ID3" or got[0] == 0xFF


@pytest.mark.parametrize("name", ["wav_16000", "wav_48000"])
def test_a_stream_is_no_wav(running: Running, name: str) -> None:
    target = f"/v1/speech-to-speech/ada/stream?output_format={name}"
    assert running.exchange(request(audio() + END, target=target))[0] == 422


@pytest.mark.parametrize(
    "kind", [b"application/json", b"application/x-www-form-urlencoded", b"multipart/form-data"]
)
def test_a_body_that_is_no_form_has_no_audio(running: Running, kind: bytes) -> None:
    status, _, got = running.exchange(request(b'{"audio": "x"}', kind=kind))
    assert (status, json.loads(got)["detail"][0]["loc"]) == (422, ["body", "audio"])


def written(kind: str, subtype: str, sample_rate: int = 44_100, channels: int = 1) -> bytes:
    samples, _ = soundfile.read(io.BytesIO(wav(0.3, sample_rate, channels)))
    file = io.BytesIO()
    soundfile.write(file, samples, sample_rate, subtype, format=kind)
    return file.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        written("WAV", "PCM_24", channels=2),
        written("AIFF", "PCM_16", 96_000),
        written("FLAC", "PCM_16", 48_000),
        written("MP3", "MPEG_LAYER_III"),
        written("OGG", "OPUS", 48_000),
        written("WAV", "FLOAT", 192_000, 8),
        written("WAV", "ULAW", 8_000),
    ],
    ids=["wav", "aiff", "flac", "mp3", "opus", "many", "low"],
)
def test_audio_of_many_kinds(running: Running, data: bytes) -> None:
    status, _, got = running.exchange(request(audio(value=data) + END))
    assert status == 200, got
    assert len(got) == pytest.approx(2 * 4800, abs=4)


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 400, "empty_file"),
        (b"RIFF\x24\0\0\0WAVE", 400, "invalid_audio_format"),
        (wav(0.05), 400, "audio_too_short"),
        (wav(0.5, 4_000), 400, "invalid_audio"),
        (wav(0.01, 16_000, 40), 400, "invalid_audio"),
    ],
)
def test_audio_that_cannot_be_used(running: Running, data: bytes, status: int, code: str) -> None:
    answer = running.exchange(request(audio(value=data) + END))
    assert (answer[0], json.loads(answer[2])["detail"]["code"]) == (status, code)


def test_raw_audio_with_half_a_sample(running: Running) -> None:
    body = part("file_format", b"pcm_s16le_16") + audio(value=bytes(5001)) + END
    status, _, got = running.exchange(request(body))
    assert (status, json.loads(got)["detail"]["code"]) == (400, "invalid_audio")


def test_another_speed_is_refused(running: Running) -> None:
    body = part("voice_settings", b'{"speed": 1.1}') + audio() + END
    status, _, got = running.exchange(request(body))
    detail = json.loads(got)["detail"]
    assert (status, detail["code"]) == (400, "invalid_request")
    assert "speed" in detail["message"]


def test_a_search_that_asks_twice_is_refused(running: Running) -> None:
    asked = b"GET /v2/voices?search=a&search=b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    status, _, got = running.exchange(asked)
    (fault,) = json.loads(got)["detail"]
    assert (status, fault["loc"]) == (422, ["query", "search"])
    asked = b"GET /v2/voices?voice_ids=ada&voice_ids=pip HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    status, _, got = running.exchange(asked)
    assert (status, len(json.loads(got)["voices"])) == (200, 2)

"""Who may come in, for how long, and how the server ends."""

from __future__ import annotations

import json
import logging
import signal
import socket
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from plugins.server.conftest import wav
from plugins.server.running import Running, Waiting, serving
from plugins.server.test_bodies import END, MULTIPART, audio, part, request
from plugins.server.test_serve import started
from support import make_take, wait_for
from takevoice_plugins.server.limits import Limits

LISTING = b"GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n"


def ended(connection: socket.socket) -> bool:
    """The server has closed it."""
    connection.settimeout(0.05)
    try:
        return connection.recv(100) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True


def test_silent_connections_keep_nobody_out() -> None:
    limits = Limits(connections=8)
    with serving(Waiting(), limits) as server, ExitStack() as stack:
        silent = [stack.enter_context(server.send(b"")) for _ in range(8)]
        stack.enter_context(server.send(LISTING[:20]))
        for _ in range(3):
            assert server.exchange(LISTING)[0] == 200
        # The longest silent went first.
        assert wait_for(lambda: ended(silent[0]))
        assert not ended(silent[-1])


def test_conversions_in_progress_make_no_room_and_the_refusal_is_in_the_apis_form() -> None:
    engine = Waiting()
    with serving(engine, Limits(connections=2, conversions=2)) as server, ExitStack() as stack:
        busy = [stack.enter_context(server.send(request(audio() + END))) for _ in range(2)]
        for _ in busy:
            assert engine.begun.acquire(timeout=10)
        status, headers, got = server.exchange(LISTING)
        assert (status, json.loads(got)["detail"]["code"], headers["retry-after"]) == (503, "system_busy", "1")
        engine.going.set()
        assert busy[0].recv(20).startswith(b"HTTP/1.1 200")


def test_clients_that_read_nothing_keep_nobody_out() -> None:
    engine = stream_of(40)
    with serving(engine, Limits(connections=2, conversions=2)) as server, ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(server.send(request(audio() + END, target="/v1/speech-to-speech/ada/stream")))
            assert engine.begun.acquire(timeout=10)
        assert wait_for(lambda: server.exchange(LISTING)[0] == 200)


def stream_of(megabytes: int) -> Waiting:
    """An engine that gives that much at once."""
    engine = Waiting(rest=[bytes(1_000_000)] * megabytes)
    engine.going.set()
    return engine


def read_from(connection: socket.socket, size: int, pause: float = 0.0) -> int:
    """Read up to that many bytes; return how many there were."""
    got = 0
    while got < size and (block := connection.recv(min(1 << 20, size - got))):
        got += len(block)
        time.sleep(pause)
    return got


def test_a_client_that_reads_slowly_gets_all_of_it() -> None:
    body = request(audio() + END, target="/v1/speech-to-speech/ada/stream")
    with serving(stream_of(40), Limits(stall_timeout=1.5)) as server, server.send(body) as connection:
        connection.settimeout(20)
        assert read_from(connection, 40_000_000, pause=0.05) == 40_000_000


def test_a_client_that_reads_is_no_silent_one() -> None:
    body = request(audio() + END, target="/v1/speech-to-speech/ada/stream")
    with serving(stream_of(60), Limits(connections=2)) as server, ExitStack() as stack:
        reader = stack.enter_context(server.send(body))
        reader.settimeout(20)
        assert read_from(reader, 1000) == 1000
        silent = stack.enter_context(server.send(b""))
        assert wait_for(lambda: server.connections == 2)
        # More than the system keeps, so it has been sent since then.
        assert read_from(reader, 30_000_000) == 30_000_000
        assert wait_for(lambda: server.unread)
        assert server.exchange(LISTING)[0] == 200
        assert ended(silent)
        assert read_from(reader, 29_000_000) == 29_000_000


def test_a_client_that_asks_and_asks_and_reads_nothing_is_given_up() -> None:
    with serving(Waiting(), Limits(stall_timeout=0.5)) as server, socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", server.port))
        # More than the system keeps for a connection.
        connection.sendall(LISTING.replace(b"/v1/models", b"/openapi.json") * 500)
        assert wait_for(lambda: server.connections == 1)
        assert wait_for(lambda: server.connections == 0)


@pytest.mark.parametrize("sent", [b"", b"GET /v1/models HTT", LISTING[:-2]])
def test_headers_have_a_deadline(sent: bytes) -> None:
    with serving(Waiting(), Limits(header_timeout=0.3)) as server, server.send(sent) as connection:
        assert wait_for(lambda: ended(connection))


def test_headers_of_a_second_request_have_a_deadline_and_an_idle_connection_has_not() -> None:
    with serving(Waiting(), Limits(header_timeout=0.3)) as server, ExitStack() as stack:
        idle, slow = (stack.enter_context(server.send(LISTING)) for _ in range(2))
        for connection in (idle, slow):
            assert connection.recv(20).startswith(b"HTTP/1.1 200")
        slow.sendall(b"GET /v1/mo")

        def cut() -> bool:
            slow.settimeout(0.05)
            try:
                return slow.recv(100_000) == b""
            except TimeoutError:
                return False
            except ConnectionError:
                return True

        assert wait_for(cut)
        idle.sendall(LISTING)
        idle.settimeout(10)
        assert idle.recv(100_000)


def test_an_upload_that_only_trickles_is_given_up() -> None:
    limits = Limits(stall_timeout=0.5, slowest_upload=1_000_000)
    with serving(Waiting(), limits) as server, server.send(request(audio() + END)[:-3000]) as connection:
        until = time.monotonic() + 15
        while not ended(connection) and time.monotonic() < until:
            with suppress(ConnectionError):
                connection.sendall(b"x")
        assert time.monotonic() < until


@pytest.mark.parametrize(
    ("limits", "target", "status"),
    [
        (Limits(conversions=1), "/v1/speech-to-speech/ada", 429),
        (Limits(), "/v1/speech-to-speech/nobody", 404),
        (Limits(upload=1000, fields=1000), "/v1/speech-to-speech/ada", 413),
        (Limits(), "/v1/speech-to-speech/ada", 401),
        (Limits(), "/v1/speech-to-speech/ada", 403),
        (Limits(), "/v1/unheard-of", 404),
    ],
)
def test_what_can_be_refused_before_the_upload_is(limits: Limits, target: str, status: int) -> None:
    engine = Waiting()
    body = request(audio(value=wav(1.0, 48_000) * 10) + END, target=target)
    if status == 403:
        body = body.replace(b"Host: localhost", b"Host: localhost\r\nOrigin: http://evil.example")
    with serving(engine, limits, api_key="right" if status == 401 else None) as server, ExitStack() as stack:
        if status == 429:
            stack.enter_context(server.send(request(audio() + END)))
            assert engine.begun.acquire(timeout=10)
        with server.send(body[:-50_000]) as connection:
            # All of the answer is here although the upload is not complete ...
            answer = b""
            while b"request_id" not in answer:
                answer += connection.recv(65536)
            assert answer.startswith(b"HTTP/1.1 %d" % status)
            # ... and the rest is read, so that nothing destroys it.
            connection.sendall(body[-50_000:])
            assert b"HTTP/1.1" not in b"".join(iter(lambda: connection.recv(65536), b""))
        engine.going.set()


@pytest.mark.parametrize(("voice", "size", "status"), [("nobody", 1000, 404), ("ada", 50_300_000, 413)])
def test_a_client_that_asks_whether_it_may_send_is_refused_without_an_upload(voice: str, size: int, status: int) -> None:
    head = f"POST /v1/speech-to-speech/{voice} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {MULTIPART.decode()}\r\n"
    sent = f"{head}Content-Length: {size}\r\nExpect: 100-continue\r\n\r\n".encode()
    with serving(Waiting()) as server, server.send(sent) as connection:
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 %d" % status)


def test_uploads_are_limited() -> None:
    engine = Waiting()
    engine.going.set()  # one that is tried before the server has seen the other is converted
    with serving(engine, Limits(uploads=1)) as server, server.send(request(audio() + END)[:-500]):
        wait_for(lambda: server.exchange(request(audio() + END))[0] == 429)


HEAD = "POST /v1/speech-to-speech/ada?output_format=pcm_8000 HTTP/1.1"


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("127.0.0.1:{port}", None, 200),
        ("localhost:{port}", "http://localhost:{port}", 200),
        ("[::1]", None, 200),
        ("evil.example:{port}", None, 403),
        ("127.0.0.1.evil.example", None, 403),
        ("192.168.1.2", None, 403),
        ("", None, 403),
        ("[::1", None, 403),
        ("127.0.0.1:{port}", "http://evil.example", 403),
        ("127.0.0.1:{port}", "http://localhost:3000", 403),
        ("127.0.0.1:{port}", "null", 403),
        ("evil.example", "http://evil.example", 403),
    ],
)
def test_foreign_pages_and_names_are_refused(
    running: Running, host: str, origin: str | None, status: int
) -> None:
    lines = [f"Host: {host}".format(port=running.port)]
    lines += [f"Origin: {origin}".format(port=running.port)] if origin is not None else []
    extra = "\r\n".join(lines).encode()
    body = request(audio() + END).replace(b"Host: localhost", extra)
    got = running.exchange(body)
    assert got[0] == status, got[2][:200]
    if status == 403:
        assert json.loads(got[2])["detail"]["code"] == "forbidden_origin"


def test_a_key_is_enough_for_other_names() -> None:
    with serving(Waiting(), api_key="right") as server:
        head = b"GET /v1/models HTTP/1.1\r\nHost: voices.studio\r\nxi-api-key: %b\r\n\r\n"
        assert server.exchange(head % b"right")[0] == 200
        assert server.exchange(head % b"wrong")[0] == 401


def test_settings_that_the_engine_does_not_know_are_reported_and_ignored(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "takevoice.server")
    plain = running.exchange(request(audio() + END))
    body = part("voice_settings", b'{"clone_strength": 0.3, "a\\r\\nb": 1}') + audio() + END
    status, headers, got = running.exchange(request(body))
    assert (status, got) == (200, plain[2])
    assert headers["takevoice-ignored"] == "voice_settings.a??b, voice_settings.clone_strength"
    assert "takevoice-ignored" not in plain[1]
    (line,) = [message for message in caplog.messages if "clone_strength" in message]
    assert line.startswith(headers["request-id"])


def test_the_first_byte_comes_before_the_last() -> None:
    engine = Waiting()
    target = "/v1/speech-to-speech/ada/stream"
    with serving(engine) as server, server.send(request(audio() + END, target=target)) as connection:
        answer = b""
        while b"first" not in answer:
            answer += connection.recv(1000)
        engine.going.set()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_it_stops_within_two_seconds_in_the_middle_of_a_long_conversion(own_home: Path, tmp_path: Path) -> None:
    # Once must do: on a machine that is busy with other things, it may take longer.
    assert any(stopping(own_home, tmp_path) < 2 for _ in range(3))


def stopping(own_home: Path, tmp_path: Path) -> float:
    """The seconds that a server needs to stop while it converts and is sent more."""
    take = make_take(tmp_path / "long.flac", 250.0, 16_000, subtype="PCM_16").read_bytes()
    with started(own_home, TMPDIR=str(tmp_path)) as (process, url, _), ExitStack() as stack:
        server = Running(int(url.rpartition(":")[2]))
        half = stack.enter_context(server.send(request(audio() + END)[:-100]))
        whole = stack.enter_context(server.send(request(audio(value=take) + END)))
        assert wait_for(lambda: list(tmp_path.glob("takevoice-*/take.wav")))
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert b"HTTP/1.1 503" in half.recv(1000)
        assert b"HTTP/1.1 503" in whole.recv(1000)
        _, said = process.communicate(timeout=30)
        took = time.monotonic() - began
        assert process.returncode == 0
        assert "Traceback" not in said
        assert said.endswith("stopped\n")
    assert not list(tmp_path.glob("takevoice-*"))
    return took

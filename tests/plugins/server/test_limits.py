"""What the server takes on, and what becomes of it when a client goes away, dawdles or lies."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest

from plugins.server.conftest import wav
from plugins.server.running import Waiting, serving
from plugins.server.test_bodies import END, audio, request
from support import wait_for
from takevoice_plugins.server.limits import Limits

STREAM = "/v1/speech-to-speech/ada/stream"
CONVERT = "/v1/speech-to-speech/ada"


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where uploads go."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def left(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("takevoice-*")]


@pytest.mark.parametrize("target", [CONVERT, STREAM])
def test_a_client_that_goes_away_stops_its_conversion(folders: Path, target: str) -> None:
    engine = Waiting()
    with serving(engine, Limits(conversions=1)) as server:
        connection = server.send(request(audio() + END, target=target))
        assert engine.begun.acquire(timeout=10)
        connection.close()
        assert engine.stopped.wait(10)
        wait_for(lambda: not left(folders))
        engine.going.set()
        assert wait_for(lambda: server.exchange(request(audio() + END))[0] == 200)


def test_a_client_that_goes_away_during_the_upload_leaves_nothing(folders: Path) -> None:
    with serving(Waiting()) as server:
        connection = server.send(request(audio() + END)[:-500])
        wait_for(lambda: left(folders))
        connection.close()
        wait_for(lambda: not left(folders))


def test_an_upload_that_stalls_is_given_up(folders: Path) -> None:
    with serving(Waiting(), Limits(stall_timeout=0.2)) as server:
        status, headers, got = server.exchange(request(audio() + END)[:-500])
        assert (status, json.loads(got)["detail"]["code"]) == (408, "request_timeout")
        assert headers["connection"] == "close"
        wait_for(lambda: not left(folders))


def test_a_client_that_does_not_read_holds_no_slot_and_is_given_up(
    folders: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "takevoice.server")
    engine = Waiting(rest=[bytes(1_000_000)] * 40)
    engine.going.set()
    limits = Limits(conversions=1, stall_timeout=0.5)
    with serving(engine, limits) as server, server.send(request(audio() + END, target=STREAM)) as dawdler:
        assert engine.begun.acquire(timeout=10)
        # All of it is converted and waits on disk, so the next one can begin.
        assert wait_for(lambda: server.exchange(request(audio() + END))[0] == 200)
        wait_for(lambda: "a client disconnected" in caplog.text)
        with suppress(ConnectionError):
            assert sum(len(piece) for piece in iter(lambda: dawdler.recv(1 << 20), b"")) < 40_000_000


def test_as_many_at_once_as_there_is_room_for(folders: Path) -> None:
    engine = Waiting()
    with serving(engine, Limits(conversions=2)) as server:
        busy = [server.send(request(audio() + END)) for _ in range(2)]
        for _ in busy:
            assert engine.begun.acquire(timeout=10)
        status, headers, got = server.exchange(request(audio() + END))
        assert (status, json.loads(got)["detail"]["code"]) == (429, "too_many_concurrent_requests")
        assert (headers["current-concurrent-requests"], headers["maximum-concurrent-requests"]) == ("2", "2")
        assert int(headers["retry-after"]) > 0
        engine.going.set()
        for connection in busy:
            assert connection.recv(100).startswith(b"HTTP/1.1 200")
            connection.close()
    assert not left(folders)


@pytest.mark.parametrize("chunk", [0, 60_000])
def test_an_upload_that_is_too_large(folders: Path, chunk: int) -> None:
    with serving(Waiting(), Limits(upload=100_000)) as server:
        body = request(audio(value=wav(0.2) + bytes(2_000_000)) + END, chunk=chunk)
        status, _, got = server.exchange(body)
        assert (status, json.loads(got)["detail"]["code"]) == (413, "request_too_large")
        assert (
            server.exchange(request(audio() + END)[:0] + b"GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n")[0]
            == 200
        )


def test_text_without_end_is_refused(folders: Path) -> None:
    with serving(Waiting()) as server:
        body = (
            audio()
            + b'--xyz\r\nContent-Disposition: form-data; name="seed"\r\n\r\n'
            + b"1" * 200_000
            + b"\r\n"
            + END
        )
        assert server.exchange(request(body))[0] == 413


def test_audio_that_lasts_too_long(folders: Path) -> None:
    with serving(Waiting(), Limits(longest=2.0)) as server:
        status, _, got = server.exchange(request(audio(value=wav(2.1)) + END))
        assert (status, json.loads(got)["detail"]["code"]) == (400, "audio_too_long")


def test_a_failure_of_the_engine_is_told(folders: Path, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Waiting):
        def convert(self, *_: object) -> object:  # type: ignore[override]
            raise ZeroDivisionError("a secret of the house")

    with serving(Broken()) as server:  # type: ignore[arg-type]
        for target in (CONVERT, STREAM):
            status, headers, got = server.exchange(request(audio() + END, target=target))
            assert (status, json.loads(got)["detail"]["code"]) == (500, "internal_error")
            assert json.loads(got)["detail"]["request_id"] == headers["request-id"]
            assert b"secret" not in got
    assert "a secret of the house" in caplog.text


def test_a_stream_that_fails_midway_does_not_end_well(folders: Path) -> None:
    class Failing(Waiting):
        def convert(self, *_: object) -> object:  # type: ignore[override]
            yield b"first"
            assert self.going.wait(10)
            raise ZeroDivisionError

    engine = Failing()
    with serving(engine) as server, server.send(request(audio() + END, target=STREAM)) as connection:  # type: ignore[arg-type]
        answer = connection.makefile("rb")
        head = answer.read(10)
        while b"first" not in head:
            head += answer.read(1)
        engine.going.set()
        assert not answer.read().endswith(b"0\r\n\r\n")


SCRIPT = """
import sys
from plugins.server.running import Waiting, serving
from takevoice_plugins.server.limits import Limits
from takevoice_plugins.server.engine import LocalEngine

def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))

with serving(LocalEngine()) as server:
    for path in sys.argv[1:]:
        with open(path, "rb") as file:
            print(server.exchange(file.read())[0], peak(), flush=True)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_is_bounded_whatever_the_header_claims(tmp_path: Path) -> None:
    """A header of 2^31 frames, one of 32 channels at 192 kHz, and 30 MB of silence."""
    lying = bytearray(wav(0.3))
    lying[4:8] = lying[40:44] = b"\xff\xff\xff\xff"
    bodies = {
        "warm": wav(1.0),
        "lying": bytes(lying),
        "wide": wav(1.0, 192_000, 32),
        "large": wav(20.0, 48_000, 16),
    }
    for name, value in bodies.items():
        (tmp_path / name).write_bytes(request(audio(value=value) + END))
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *(str(tmp_path / name) for name in bodies)],
        capture_output=True, text=True, timeout=60, check=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    answers = [line.split() for line in done.stdout.splitlines()]
    assert [status for status, _ in answers] == ["200"] * 4
    peaks = [int(peak) for _, peak in answers]
    print([round(peak / 1e6) for peak in peaks])
    assert peaks[1] - peaks[0] < 30_000_000
    # The request itself is in the memory of this process, too, twice.
    assert peaks[3] - peaks[0] < 200_000_000

"""`takevoice serve` as its users start and stop it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from plugins.server.conftest import wav
from plugins.server.test_bodies import END, audio, request
from support import Cli


@contextmanager
def started(home: Path, *words: str, **env: str) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """The process, the URL that it tells, and all that it said at first."""
    process = subprocess.Popen(
        [*Cli(home).command, "serve", "--port", "0", *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=home, env=os.environ | env,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        said = process.stdout.readline() + process.stdout.readline()
        yield process, re.findall(r"http://\S+:\d+", said)[0], said
    finally:
        process.kill()
        process.communicate()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_told_to_stop(own_home: Path, number: signal.Signals) -> None:
    with started(own_home) as (process, url, said):
        assert "base_url=" in said
        assert url.startswith("http://127.0.0.1:")
        assert httpx.get(f"{url}/v1/models").status_code == 200
        process.send_signal(number)
        _, errors = process.communicate(timeout=15)
        assert process.returncode == 0
        assert "Traceback" not in errors
        assert errors.endswith("stopped\n")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_it_stops_while_a_client_still_sends(own_home: Path) -> None:
    with started(own_home) as (process, url, _):
        port = int(url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(request(audio() + END)[:-100])
            assert httpx.get(f"{url}/v1/models").status_code == 200
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=15)
        assert process.returncode == 0


def test_the_key_can_come_from_the_environment_and_is_not_shown(own_home: Path) -> None:
    with started(own_home, TAKEVOICE_API_KEY="a-secret-key") as (process, url, said):
        assert httpx.get(f"{url}/v1/models").status_code == 401
        assert httpx.get(f"{url}/v1/models", headers={"xi-api-key": "a-secret-key"}).status_code == 200
        assert httpx.get(f"{url}/openapi.json").status_code == 200
        process.terminate()
        assert "a-secret-key" not in said + "".join(process.communicate())


def test_what_it_is_started_with_holds(own_home: Path) -> None:
    """Its key, its aliases, and that connections of people without the key keep nobody out."""
    with started(own_home, "--alias", "studio-1=mara", TAKEVOICE_API_KEY="k") as (process, url, _), ExitStack() as stack:
        for _ in range(101):
            stack.enter_context(socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))))
        with httpx.Client(base_url=url, headers={"xi-api-key": "k"}) as client:
            voice = client.get("/v1/voices/studio-1")
            assert (voice.status_code, voice.json()["voice_id"]) == (200, "studio-1")
            files = {"audio": wav(0.2)}
            data = [client.post(f"/v1/speech-to-speech/{name}?output_format=pcm_8000", files=files) for name in ("studio-1", "mara")]
            assert data[0].content == data[1].content and len(data[0].content) == 2 * 1600
            client.post("/v1/speech-to-speech/ada", files=files, data={"voice_settings": '{"clone_strength": 1}'})
        process.terminate()
        said = "".join(process.communicate())
    assert "ignored, as the engine does not know it: voice_settings.clone_strength" in said


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--host", "0.0.0.0"), "TAKEVOICE_API_KEY"),
        (("--host", "192.0.2.1", "--api-key", "k"), "cannot listen on 192.0.2.1"),
        (("--port", "70000"), "--port 70000 is not a port"),
        (("--api-key", "a b"), "not allowed in a header"),
    ],
)
def test_what_it_cannot_do_it_says_in_one_line(cli: Cli, words: tuple[str, ...], told: str) -> None:
    done = cli("serve", *words, check=2)
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_taken_port_is_told(cli: Cli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = cli("serve", "--port", taken.getsockname()[1], check=2)
    assert "cannot listen" in done.stderr
    assert "--port" in done.stderr


@pytest.mark.parametrize("words", [["--help"], ["serve", "--help"]])
def test_help_loads_no_web_framework(words: list[str]) -> None:
    code = f"""
import sys
from takevoice.cli import main
try:
    main({words!r})
except SystemExit:
    pass
print(sorted({{"fastapi", "uvicorn", "starlette", "numpy"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "serve" in done.stdout
    assert done.stdout.endswith("[]\n")

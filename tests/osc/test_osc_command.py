from __future__ import annotations

import argparse
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from osc.clients import echo_routes, serving
from support import Cli
from takevoice.cli.osc import typed, where
from takevoice.osc.routes import OscRequest
from takevoice.osc.server import OscServer


def two_steps(request: OscRequest) -> None:
    """Accepted at once, done a moment later."""
    request.reply("/takevoice/accepted", 1)
    if request.arguments["value"] == "done":
        threading.Timer(0.1, request.reply, ["/takevoice/done", 1, "/x/a b.wav"]).start()


@pytest.fixture
def server() -> Iterator[OscServer]:
    routes = echo_routes()
    routes.serve("/test/steps", ["value"], "", "", two_steps)
    with serving(routes) as running:
        yield running


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("7", 7), ("-7", -7), ("0.5", 0.5), ("007", "007"), ("1e5", "1e5"), ("12345678901", "12345678901"),
        ("take.wav", "take.wav"), ("1.5.2", "1.5.2"), ("", ""), ("nan", "nan"),
    ],
)  # fmt: skip
def test_words_that_look_like_numbers_are_numbers(word: str, value: object) -> None:
    assert typed(word) == value
    assert type(typed(word)) is type(value)


def test_the_reply_is_printed(cli: Cli, server: OscServer) -> None:
    done = cli("osc", "--port", server.port, "/test/echo", "id", "two words")
    assert done.stdout == '/test/echoed id "two words"\n'
    assert cli("osc", "--port", server.port, "/test/echo", "id", "7").stdout == "/test/echoed id 7\n"
    assert cli("osc", "/test/echo", "-s", "id", "7", TAKEVOICE_OSC_PORT=str(server.port)).stdout.endswith(
        "7\n"
    )


def test_a_failure_is_exit_code_1(cli: Cli, server: OscServer) -> None:
    done = cli("osc", "--port", server.port, "/test/ecko", "id", check=1)
    assert done.stdout.startswith("/takevoice/fail id unknown_address ")


def test_nobody_there_is_said_with_what_to_do(cli: Cli, server: OscServer) -> None:
    server.stop()
    done = cli("osc", "--port", server.port, "/takevoice/version", check=1)
    assert f"no answer from 127.0.0.1 port {server.port}" in done.stderr
    assert "takevoice run" in done.stderr


def test_it_waits_for_the_end_only_when_told(cli: Cli, server: OscServer) -> None:
    port = ("--port", server.port)
    assert cli("osc", *port, "/test/steps", "id", "done").stdout == "/takevoice/accepted id 1\n"
    whole = cli("osc", *port, "--timeout", 20, "/test/steps", "id", "done").stdout
    assert whole == '/takevoice/accepted id 1\n/takevoice/done id 1 "/x/a b.wav"\n'
    late = cli("osc", *port, "--timeout", 0.2, "/test/steps", "id", "never", check=1)
    assert "not finished after 0.2 s" in late.stderr


@pytest.mark.parametrize(
    "words", [("--port", "0", "/a"), ("--port", "70000", "/a"), (), ("--timeout", "x", "/a")]
)
def test_what_cannot_be_sent_is_a_usage_error(cli: Cli, words: tuple[str, ...]) -> None:
    done = subprocess.run([*cli.command, "osc", *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2, done.stderr


def test_the_port_is_given_or_noted_by_the_daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    args = argparse.Namespace(state=tmp_path, host=None, port=None)
    assert where(args) == ("127.0.0.1", 9870)
    (tmp_path / "osc.json").write_text(json.dumps({"host": "0.0.0.0", "port": 7000}))
    assert where(args) == ("127.0.0.1", 7000)
    monkeypatch.setenv("TAKEVOICE_OSC_PORT", "7001")
    assert where(args) == ("127.0.0.1", 7001)
    args.port, args.host = 7002, "studio"
    assert where(args) == ("studio", 7002)
    (tmp_path / "osc.json").write_text("[")
    args.port = None
    assert where(args) == ("studio", 7001)


def test_it_loads_little(cli: Cli, server: OscServer) -> None:
    modules = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "takevoice", "osc", "--port", str(server.port), "/test/echo", "i"],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    imported = {line.rpartition("|")[2].strip() for line in modules.stderr.splitlines()}
    assert "pythonosc.osc_message" in imported
    assert imported & {"pydantic", "numpy", "rich", "httpx", "asyncio", "sqlite3", "pluggy"} == set()

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from osc.clients import echo_routes, serving
from takevoice.cli import main
from takevoice.cli.osc import typed, where
from takevoice.osc.routes import OscRequest
from takevoice.osc.server import OscServer

Osc = Callable[..., tuple[int, str, str]]


@pytest.fixture
def osc(capsys: pytest.CaptureFixture[str]) -> Osc:
    """`takevoice osc` in this process: the exit code, and what it printed."""

    def run(*words: object) -> tuple[int, str, str]:
        try:
            code = main(["osc", *map(str, words)])
        except SystemExit as error:
            code = int(error.code or 0)
        return code, *capsys.readouterr()

    return run


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


def test_the_reply_is_printed(osc: Osc, server: OscServer, monkeypatch: pytest.MonkeyPatch) -> None:
    port = ("--port", server.port)
    assert osc(*port, "/test/echo", "id", "two words") == (0, '/test/echoed id "two words"\n', "")
    assert osc(*port, "/test/echo", "id", "7") == (0, "/test/echoed id 7\n", "")
    monkeypatch.setenv("TAKEVOICE_OSC_PORT", str(server.port))
    assert osc("/test/echo", "-s", "id", "7") == (0, "/test/echoed id 7\n", "")


def test_a_failure_is_exit_code_1(osc: Osc, server: OscServer) -> None:
    code, out, _ = osc("--port", server.port, "/test/ecko", "id")
    assert code == 1
    assert out.startswith("/takevoice/fail id unknown_address ")


def test_without_a_daemon_it_says_what_to_do(osc: Osc, server: OscServer) -> None:
    server.stop()
    code, _, err = osc("--port", server.port, "/takevoice/version")
    assert code == 1
    assert f"127.0.0.1 port {server.port}" in err
    assert "takevoice run" in err


def test_it_waits_for_the_end_only_with_a_timeout(osc: Osc, server: OscServer) -> None:
    port = ("--port", server.port)
    assert osc(*port, "/test/steps", "id", "done") == (0, "/takevoice/accepted id 1\n", "")
    whole = '/takevoice/accepted id 1\n/takevoice/done id 1 "/x/a b.wav"\n'
    assert osc(*port, "--timeout", 20, "/test/steps", "id", "done") == (0, whole, "")
    code, _, err = osc(*port, "--timeout", 0.2, "/test/steps", "id", "never")
    assert code == 1
    assert "not finished after 0.2 s" in err


@pytest.mark.parametrize(
    "words", [("--port", "0", "/a"), ("--port", "70000", "/a"), (), ("--timeout", "x", "/a")]
)
def test_what_cannot_be_sent_is_a_usage_error(osc: Osc, words: tuple[str, ...]) -> None:
    assert osc(*words)[0] == 2


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


@pytest.mark.process
def test_it_loads_little(server: OscServer) -> None:
    modules = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "takevoice", "osc", "--port", str(server.port), "/test/echo", "i"],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    imported = {line.rpartition("|")[2].strip() for line in modules.stderr.splitlines()}
    assert "pythonosc.osc_message" in imported
    assert imported & {"pydantic", "numpy", "rich", "httpx", "asyncio", "sqlite3", "pluggy"} == set()


def test_all_rows_of_a_list_and_all_answers_to_a_pattern_are_printed(osc: Osc) -> None:
    routes = echo_routes()

    def rows(request: OscRequest) -> None:
        for number in (1, 2, 3):
            request.reply("/takevoice/jobs/row", number)
        request.reply("/takevoice/end", "jobs", "", 3)

    routes.serve("/takevoice/jobs", ["[after]"], "", "", rows)
    routes.serve("/test/second", [], "", "", lambda request: request.reply("/test/seconded"))
    with serving(routes) as server:
        code, out, _ = osc("--port", server.port, "/takevoice/jobs", "id")
        assert (code, out.count("/takevoice/jobs/row id"), out.splitlines()[-1]) == (0, 3, '/takevoice/end id jobs "" 3')
        code, out, _ = osc("--port", server.port, "/test/*", "id")
        assert (code, out.split()) == (0, ["/test/echoed", "id", "/test/seconded", "id"])

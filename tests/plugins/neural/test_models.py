"""The model: fetched once, with its licence shown and accepted, compared with its checksum, and clear words where it is not right."""

from __future__ import annotations

import hashlib
import json
import socket
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest

from support import Command
from takevoice import ConversionRequest, Job, State, Take, errors
from takevoice_plugins.neural import Neural
from takevoice_plugins.neural.fetch import FetchFailed, fetch
from takevoice_plugins.neural.models import (
    BLOCK,
    MANIFEST,
    OPENVOICE,
    BrokenModel,
    Model,
    ModelFile,
    check,
    folder_of,
    problem_with,
)
from takevoice_plugins.neural.options import Options
from takevoice_plugins.neural.start import start

FILES = {"config.json": b"{}" * 50, "checkpoint.pth": bytes(range(256)) * 9000}


def described(files: dict[str, bytes]) -> Model:
    return Model(
        "small",
        "a small model",
        "MIT",
        "https://example.invalid",
        tuple(ModelFile(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in files.items()),
        1,
    )


class Publisher(BaseHTTPRequestHandler):
    """Serves FILES below /converter/, with ranges; stops in the middle of the first answer if `breaks`."""

    protocol_version = "HTTP/1.1"
    breaks = 0

    def do_GET(self) -> None:
        name = self.path.removeprefix("/converter/")
        if name not in FILES:
            self.send_error(404)
            return
        data, start = FILES[name], 0
        if given := self.headers["Range"]:
            start = int(given.removeprefix("bytes=").rstrip("-"))
        self.server.asked.append((name, start))  # type: ignore[attr-defined]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        if name == "checkpoint.pth" and type(self).breaks:
            type(self).breaks -= 1
            self.wfile.write(data[start : start + 1_200_000])
            self.close_connection = True
            return
        self.wfile.write(data[start:])

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def publisher() -> Iterator[tuple[str, list[tuple[str, int]]]]:
    with HTTPServer(("127.0.0.1", 0), Publisher) as server:
        server.asked = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)  # so often it looks whether to stop
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/converter", server.asked  # type: ignore[attr-defined]
        finally:
            server.shutdown()
            thread.join()


def test_it_is_fetched_with_its_checksums(tmp_path: Path) -> None:
    model, seen = described(FILES), []
    with publisher() as (url, _):
        fetch(model, url, tmp_path / "model", "accepted in a test", seen.append)
    assert {path.name: path.read_bytes() for path in (tmp_path / "model").iterdir() if path.name != MANIFEST} == FILES
    assert seen == sorted(seen)
    assert seen[-1] == model.size
    assert problem_with(tmp_path / "model", model) == ""
    check(tmp_path / "model", model)
    kept = json.loads((tmp_path / "model" / MANIFEST).read_text())
    assert (kept["licence"], kept["accepted"]) == ("MIT", "accepted in a test")


def test_a_broken_connection_is_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Publisher, "breaks", 1)
    model = described(FILES)
    with publisher() as (url, asked):
        with pytest.raises(FetchFailed, match="what has arrived is kept"):
            fetch(model, url, tmp_path, "yes", lambda _: None)
        assert problem_with(tmp_path, model) == "its model has not been fetched; `takevoice voices fetch` does it"
        fetch(model, url, tmp_path, "yes", lambda _: None)
    assert ("checkpoint.pth", 1_200_000) in asked
    check(tmp_path, model)


def test_another_file_is_refused(tmp_path: Path) -> None:
    other = described({**FILES, "checkpoint.pth": FILES["checkpoint.pth"][:-1] + b"x"})
    with publisher() as (url, _), pytest.raises(FetchFailed, match=r"checkpoint\.pth sent is not the published checkpoint\.pth"):
        fetch(other, url, tmp_path, "yes", lambda _: None)
    assert problem_with(tmp_path, other)
    assert not list(tmp_path.glob("checkpoint*"))


@pytest.mark.parametrize("kept", [b"", b"{"], ids=["nothing", "a part"])
def test_the_page_of_a_login_is_not_kept(tmp_path: Path, kept: bytes) -> None:
    """As a network gives it for every address: the next attempt, on another network, starts without it."""
    model = described(FILES)
    page = SimpleNamespace(status=200, length=59, read1=lambda _: pytest.fail("it is read"))
    if kept:
        (tmp_path / "config.json.part").write_bytes(kept)
    with pytest.MonkeyPatch.context() as patch, pytest.raises(FetchFailed, match=r"has 59 bytes, and the published config\.json 100"):
        patch.setattr(urllib.request, "urlopen", lambda *_, **__: nullcontext(page))
        fetch(model, "http://login.example", tmp_path, "yes", lambda _: None)
    assert not list(tmp_path.iterdir())


def test_what_never_ends_is_not_stored(tmp_path: Path) -> None:
    endless = SimpleNamespace(status=200, length=None, read1=bytes)
    seen: list[int] = []
    with pytest.MonkeyPatch.context() as patch, pytest.raises(FetchFailed, match="is not the published config"):
        patch.setattr(urllib.request, "urlopen", lambda *_, **__: nullcontext(endless))
        fetch(described(FILES), "http://endless.example", tmp_path, "yes", seen.append)
    assert max(seen) <= 100 + BLOCK


def test_what_is_not_there_is_one_line(tmp_path: Path) -> None:
    with publisher() as (url, _), pytest.raises(FetchFailed, match="Not Found") as error:
        fetch(described({"other": b"x"}), url, tmp_path, "yes", lambda _: None)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("break_it", "text"),
    [
        (lambda folder: (folder / "checkpoint.pth").write_bytes(b"x" * 2_304_000), "checkpoint.pth: has changed since it was fetched"),
        (lambda folder: (folder / "checkpoint.pth").write_bytes(b"x"), "its model is damaged: checkpoint.pth has another size"),
        (lambda folder: (folder / "checkpoint.pth").unlink(), "its model has not been fetched"),
        (lambda folder: (folder / MANIFEST).write_text("{"), "its model cannot be read"),
    ],
    ids=["other bytes", "another size", "no file", "no checksums"],
)
def test_a_damaged_model_is_one_clear_line(tmp_path: Path, break_it, text: str) -> None:  # type: ignore[no-untyped-def]
    model = described(FILES)
    with publisher() as (url, _):
        fetch(model, url, tmp_path, "yes", lambda _: None)
    break_it(tmp_path)
    with pytest.raises(BrokenModel) as error:
        check(tmp_path, model)
    assert text in str(error.value)
    assert "takevoice voices fetch" in str(error.value)
    assert "\n" not in str(error.value)


def test_what_is_no_model_any_more_is_not_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = folder_of(tmp_path)
    with publisher() as (url, _):
        fetch(described(FILES), url, folder, "yes", lambda _: None)
    (folder / "checkpoint.pth").write_bytes(FILES["checkpoint.pth"][::-1])
    monkeypatch.setattr("takevoice_plugins.neural.start.ChildProcess", lambda *_: pytest.fail("the process was started"))
    with pytest.raises(BrokenModel, match="has changed since it was fetched"):
        start(tmp_path, Options())


# The command.


def test_the_licence_has_to_be_accepted(command: Command) -> None:
    done = command("voices", "fetch", check=2)
    assert "OpenVoice V2" in done.stdout
    assert "licence: MIT, code and weights\n  size: 131 MB" in done.stdout
    assert "voices of people who agree" in done.stdout
    assert "its licence has to be accepted; if you accept it, add --yes" in done.stderr


def test_without_a_network_there_is_one_line(command: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    done = command("voices", "fetch", "--yes", "--mirror", f"http://127.0.0.1:{port}", check=1)
    (line,) = done.stderr.splitlines()
    assert f"http://127.0.0.1:{port}/config.json cannot be fetched" in line
    assert "use --from FOLDER" in line


def test_a_folder_will_do(command: Command, tmp_path: Path) -> None:
    source = tmp_path / "stick"
    source.mkdir()
    assert "there is no config.json" in command("voices", "fetch", "--yes", "--from", source, check=2).stderr
    for name, data in FILES.items():
        (source / name).write_bytes(data)
    done = command("voices", "fetch", "--yes", "--from", source)
    assert "these are not the published files" in done.stdout
    assert "checkpoint.pth has 2304000 bytes, the published one 131320490: if it is no model of your own, the copy is damaged" in done.stderr
    assert "not allowed with" in command("voices", "fetch", "--from", source, "--mirror", "http://127.0.0.1:1", check=2).stderr
    folder = folder_of(command.state, OPENVOICE)
    assert problem_with(folder) == ""
    assert "is there already" in command("voices", "fetch", "--yes", "--from", source).stdout
    (folder / "checkpoint.pth").write_bytes(b"x")
    (backend,) = Neural(command.state).backends()
    assert not backend.ready
    command("voices", "fetch", "--yes", "--from", source)
    assert problem_with(folder) == ""


def test_what_is_missing_is_told_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """First torch, then the model, then a voice."""
    monkeypatch.setattr("takevoice_plugins.neural.options.find_spec", lambda _: None)
    assert 'pip install ".[neural]"' in Neural(tmp_path).backends()[0].detail
    monkeypatch.setenv("TAKEVOICE_NEURAL_PYTHON", "/nowhere/python")
    assert "/nowhere/python is no program that can be started" in Neural(tmp_path).backends()[0].detail
    monkeypatch.setenv("TAKEVOICE_NEURAL_PYTHON", sys.executable)
    assert "`takevoice voices fetch` does it" in Neural(tmp_path).backends()[0].detail
    monkeypatch.setattr("takevoice_plugins.neural.models.problem_with", lambda _: "")
    assert "--keep-recordings" in Neural(tmp_path).backends()[0].detail
    take = Take(tmp_path / "take.wav", 1, 48_000, 1, "WAV", "FLOAT")
    with pytest.raises(errors.BackendUnavailable, match="the neural backend is not ready; no voice has recordings"):
        Neural(tmp_path).convert(Job(1, take.path, State.CONVERTING, backend="neural"), ConversionRequest(voice_id="her"), take)


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ({"pyhton": "x"}, "pyhton is not a known option; did you mean python?"),
        ({"device": "tpu"}, "device must be one of auto, cpu, cuda, mps"),
        ({"program": "child.py"}, "program must be a command as a list of words"),
        ({"model": "/models"}, "model is for a program of your own; `takevoice voices fetch --from FOLDER`"),
        ({"threads": -1, "idle": 0}, "threads must be a whole number from 0 to 256; [plugins.neural] idle must be"),
    ],
)
def test_options_are_checked(tmp_path: Path, table: dict[str, object], text: str) -> None:
    with pytest.raises(errors.ConfigError) as error:
        Neural().configure({"neural": table}, tmp_path)
    assert text in str(error.value)


def test_takes_wait_for_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the process is started: those of a machine that could have it wait, the others fail."""
    monkeypatch.setattr("takevoice_plugins.neural.start.check", lambda _: None)
    memory = SimpleNamespace(total=8e9, available=5e8)
    monkeypatch.setattr("psutil.virtual_memory", lambda: memory)
    with pytest.raises(errors.BackendBusy, match=r"needs 1\.5 GB of memory, and 0\.5 are free; the take waits for it") as busy:
        start(tmp_path, Options())
    assert busy.value.retry_after == 30
    memory.total = 1e9
    with pytest.raises(errors.BackendUnavailable, match=r"needs 1\.5 GB of memory, and this machine has 1\.0"):
        start(tmp_path, Options())

"""A batch is done: said once, when nothing has changed for a while, with what needs a person."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from takevoice import hookimpl
from takevoice.jobs import Job, JobOptions, State
from takevoice.plugins import Plugins
from takevoice.service.drained import BatchSummary, BatchWatch
from takevoice.service.notices import Notices
from takevoice.settings import CurrentConfig, LoadedConfig, Settings


class Batches:
    """A watch with a clock of its own."""

    def __init__(self) -> None:
        self.now, self.idle, self.said = 100.0, True, list[str]()
        self.jobs: dict[int, Job] = {}
        self.watch = BatchWatch(
            lambda: self.idle, lambda: 10.0, lambda batch: self.said.append(batch.text), lambda: self.now, self.jobs.get
        )

    def change(self, number: int, state: State, *, by_another_process: bool = False, **more: Any) -> None:
        self.jobs[number] = Job(number, Path(f"{number}.wav"), state, frames=48_000, sample_rate=48_000, **more)
        if not by_another_process:
            self.watch.on_changed(self.jobs[number])

    def look(self, seconds: float = 0.0) -> list[str]:
        self.now += seconds
        self.watch.look()
        said, self.said[:] = self.said[:], []
        return said


def test_a_batch_is_reported_once_when_it_is_quiet_and_nothing_is_on_its_way() -> None:
    batches = Batches()
    for n in range(3):
        batches.change(n, State.DONE)
    assert batches.look(9) == []
    batches.idle = False
    assert batches.look(5) == []
    batches.idle = True
    assert batches.look() == ["batch done: 3 takes converted"]
    assert batches.look(60) == []


def test_what_needs_a_person_is_counted_and_what_was_retried_counts_as_it_ended() -> None:
    batches = Batches()
    for n in range(4):
        batches.change(n, State.DONE)
    batches.change(4, State.FAILED)
    batches.change(5, State.HELD)
    batches.change(6, State.CANCELLED)
    batches.change(7, State.DONE, options=JobOptions(candidate=1))  # its take counts
    assert batches.look(10) == ["batch done: 4 of 6, 2 need you"]
    batches.change(4, State.FAILED)
    batches.change(4, State.FOUND)
    batches.change(4, State.DONE)
    batches.change(8, State.CONVERTING)
    assert batches.look(10) == ["batch done: 1 take converted"]
    batches.change(9, State.CANCELLED)
    assert batches.look(10) == []  # nothing was converted


def test_takes_that_were_dropped_replaced_or_moved_meanwhile_do_not_count() -> None:
    batches = Batches()
    for n in range(3):
        batches.change(n, State.DONE, output=Path(f"{n}.ada.wav"))
    for n in (3, 4, 5):
        batches.change(n, State.HELD)
    batches.change(3, State.CANCELLED, by_another_process=True)  # a person dropped it
    del batches.jobs[4]  # it was forgotten, or is another job's
    batches.change(6, State.DONE, output=Path("2.ada.wav"))  # it was moved while it was converted
    assert batches.look(10) == ["batch done: 3 of 4, 1 needs you"]
    batches.change(7, State.HELD)
    batches.change(7, State.CANCELLED, by_another_process=True)
    assert batches.look(10) == []


@pytest.fixture
def hook() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A web server that notes what it gets."""
    got: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200 if self.path == "/hook" else 500)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", got
    server.shutdown()
    server.server_close()


class Listener:
    def __init__(self) -> None:
        self.got: list[BatchSummary] = []

    @hookimpl
    def drained(self, summary: BatchSummary) -> None:
        self.got.append(summary)


def notices(shown: list[str], **settings: Any) -> tuple[Notices, Listener]:
    plugins, listener = Plugins(), Listener()
    plugins.register("listener", listener, "tests")
    config = CurrentConfig(LoadedConfig(Settings.model_validate({"notices": settings})))
    return Notices(config, plugins, lambda title, text: not shown.append(f"{title}: {text}")), listener


BATCH = BatchSummary(212, 1, 1, 41.5)


def test_it_is_shown_sent_and_given_to_plugins(hook: tuple[str, list[dict[str, Any]]]) -> None:
    address, got = hook
    shown: list[str] = []
    told, listener = notices(shown, webhook=f"{address}/hook")
    told.on_drained(BATCH)
    told.join()
    assert shown == ["takevoice: batch done: 212 of 214, 2 need you"]
    expected = {"total": 214, "done": 212, "failed": 1, "held": 1, "need_you": 2, "seconds": 41.5}
    assert got == [{"text": "batch done: 212 of 214, 2 need you", **expected}]
    assert listener.got == [BATCH]


def test_a_webhook_on_this_machine_is_reached_without_the_proxy(
    hook: tuple[str, list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    told, _ = notices([], webhook=f"{hook[0]}/hook")
    told.on_drained(BATCH)
    told.join()
    assert [each["total"] for each in hook[1]] == [214]


def test_each_of_them_can_be_switched_off_and_small_batches_are_not_worth_it() -> None:
    shown: list[str] = []
    off, listener = notices(shown, desktop=False)
    off.on_drained(BATCH)
    off.join()
    small, _ = notices(shown)
    small.on_drained(BatchSummary(4, 0, 0, 4.0))
    small.join()
    assert shown == []
    assert listener.got == [BATCH]
    needs_you, _ = notices(shown)
    needs_you.on_drained(BatchSummary(0, 0, 1, 0.0))
    needs_you.join()
    assert shown == ["takevoice: batch done: 0 of 1, 1 needs you"]


def test_a_webhook_that_fails_is_logged_without_its_address(
    hook: tuple[str, list[dict[str, Any]]], caplog: pytest.LogCaptureFixture
) -> None:
    told, _ = notices([], webhook=f"{hook[0]}/secret")
    told.on_drained(dataclasses.replace(BATCH, done=1))
    told.join()
    assert "could not be sent to the webhook: HTTP Error 500" in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize("address", ["ftp://x", "chat.example", "file:///etc/passwd", "https://"])
def test_an_address_that_is_none_of_the_web_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="must begin with https"):
        Settings.model_validate({"notices": {"webhook": address}})

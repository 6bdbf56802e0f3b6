"""What a take writes to the ledger on its way: little, and enough for any moment at which takevoice may be killed."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
import soundfile

from pipeline.line import GO_ON, Line
from signals import make_speech
from takevoice import hookimpl
from takevoice.errors import LedgerError
from takevoice.jobs import Job, State
from takevoice.ledger.writer import Writer


class Killed(BaseException):
    """What a SIGKILL is to the code that runs: nothing after it is done."""


class Elsewhere:
    """A plugin that has results in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir()

    @hookimpl
    def output_path(self, job: Job) -> Path:
        return self._folder / f"{job.path.stem}.{job.voice}.wav"


@pytest.fixture
def take(folder: Path) -> Path:
    soundfile.write(folder / "take.wav", make_speech(1.0, 16_000), 16_000)
    return folder / "take.wav"


def sends(line: Line) -> list[tuple[str, ...]]:
    connection = sqlite3.connect(line.state / "ledger.sqlite3")
    rows = connection.execute("SELECT state FROM sends").fetchall()
    connection.close()
    return rows


def test_a_paid_take_waits_five_times_for_the_disk(
    line: Line, take: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Queued, sent, received, about to be published, done; found and claimed are written, but need not be on the disk."""
    writes, run = [], Writer.run

    def counted(writer: Writer, write: Any, *, durable: bool = True) -> Any:
        writes.append(durable)
        return run(writer, write, durable=durable)

    monkeypatch.setattr(Writer, "run", counted)
    line.drop(take)
    line.work_off()
    assert line.job.state is State.DONE
    assert len(writes) <= 7
    assert sum(writes) <= 5


def test_the_request_is_on_the_disk_before_it_goes_out(
    line: Line, take: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is written without waiting for the disk is taken along by the next write that waits."""
    waited: list[bool] = []
    submit, convert = Writer.submit, line.plugins.convert

    def noted(writer: Writer, write: Any, *, durable: bool = True) -> Any:
        waited.append(durable)
        return submit(writer, write, durable=durable)

    def send(*words: Any, **more: Any) -> Any:
        assert sends(line) == [("sent",)]
        assert waited[-1]
        return convert(*words, **more)

    monkeypatch.setattr(Writer, "submit", noted)
    monkeypatch.setattr(line.plugins, "convert", send)
    line.drop(take)
    line.work_off()
    assert line.job.state is State.DONE


@pytest.mark.parametrize("elsewhere", [False, True])
def test_killed_while_the_result_is_written_it_leaves_nothing_behind(
    line: Line, take: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, elsewhere: bool
) -> None:
    if elsewhere:
        line.plugins.register("elsewhere", Elsewhere(tmp_path / "results"), "tests")
    with monkeypatch.context() as patch:
        patch.setattr(line.ledger.outputs, "record", _kill)
        # A killed process does not tidy up.
        patch.setattr("takevoice.pipeline.publishing.place.remove", lambda _: None)
        line.drop(take)
        job = line.conversion.run(line.ledger.jobs.claim("daemon"), GO_ON)
        with pytest.raises(Killed):
            line.restoration.run(job)
    folder = tmp_path / "results" if elsewhere else line.folder
    assert list(folder.glob(".tv-*"))
    (recovered,) = line.recovery.run("daemon")
    assert not list(folder.glob(".tv-*"))
    done = line.restoration.run(recovered)
    assert done is not None
    assert done.output == folder / "take.ada.wav"
    assert line.backend.sent == ["take.wav ada"]


def test_killed_before_the_request_was_recorded_nothing_was_sent(
    line: Line, take: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.drop(take)
    with monkeypatch.context() as patch:
        patch.setattr(line.charges.store, "reserve", _kill)
        job = line.ledger.jobs.claim("daemon")
        assert job is not None
        with pytest.raises(Killed):
            line.conversion.run(job, GO_ON)
    assert (line.backend.sent, sends(line)) == ([], [])
    line.recovery.run("daemon")
    line.work_off()
    assert (line.job.state, line.backend.sent, sends(line)) == (State.DONE, ["take.wav ada"], [("published",)])


def test_killed_between_the_answer_on_disk_and_its_record_it_is_not_sent_again(
    line: Line, take: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.drop(take)
    with monkeypatch.context() as patch:
        patch.setattr(line.ledger.jobs, "complete_conversion", _kill)
        job = line.ledger.jobs.claim("daemon")
        assert job is not None
        with pytest.raises(Killed):
            line.conversion.run(job, GO_ON)
    assert sends(line) == [("sent",)]
    (recovered,) = line.recovery.run("daemon")
    line.step(recovered, line.restoration.run)
    assert (line.job.state, line.backend.sent, sends(line)) == (State.DONE, ["take.wav ada"], [("published",)])


def test_a_full_ledger_while_an_answer_is_recorded_loses_neither(
    line: Line, take: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    complete, refusals = line.ledger.jobs.complete_conversion, [LedgerError("full")] * 3

    def refused(*words: Any, **more: Any) -> Any:
        if refusals:
            raise refusals.pop()
        return complete(*words, **more)

    monkeypatch.setattr(line.ledger.jobs, "complete_conversion", refused)
    line.drop(take)
    line.work_off()
    assert (line.job.state, sends(line)) == (State.DONE, [("published",)])


def _kill(*words: object, **more: object) -> None:
    raise Killed

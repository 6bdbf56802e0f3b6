"""What a take writes to the ledger on its way: little, and enough for any moment at which takevoice may be killed."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
import soundfile

from pipeline.line import GO_ON, Line
from signals import make_speech
from takevoice.errors import LedgerError
from takevoice.jobs import State
from takevoice.ledger.writer import Writer


class Killed(BaseException):
    """What a SIGKILL is to the code that runs: nothing after it is done."""


@pytest.fixture
def take(folder: Path) -> Path:
    soundfile.write(folder / "take.wav", make_speech(1.0, 16_000), 16_000)
    return folder / "take.wav"


def sends(line: Line) -> list[tuple[str, ...]]:
    connection = sqlite3.connect(line.state / "ledger.sqlite3")
    rows = connection.execute("SELECT state FROM sends").fetchall()
    connection.close()
    return rows


def test_a_paid_take_waits_eight_times_for_the_ledger(
    line: Line, take: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found, queued, claimed, sent, received, named, about to be published, done."""
    writes, run = [], Writer.run

    def counted(writer: Writer, write: Any) -> Any:
        writes.append(1)
        return run(writer, write)

    monkeypatch.setattr(Writer, "run", counted)
    line.drop(take)
    line.work_off()
    assert line.job.state is State.DONE
    assert len(writes) <= 8


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

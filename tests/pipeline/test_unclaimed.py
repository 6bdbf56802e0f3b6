"""The ledger is lost, or an older copy is put back: what was paid for is used, and nothing is sent twice by itself."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import pytest

from pipeline.line import GO_ON, Line
from support import make_take
from takevoice.errors import BackendError, StorageError
from takevoice.jobs import State
from takevoice.pipeline import decisions


class ConnectionLost(BackendError):
    code = "outcome_unknown"
    billed = None


class Busy(BackendError):
    code = "busy"
    billed = False


def paid_and_not_published(line: Line, take: Path) -> None:
    """The answer is there, and its result cannot be written."""
    line.ask(take, output=line.folder / "none" / "out.wav", force=True)
    job = line.ledger.jobs.claim("daemon")
    assert job is not None
    assert line.step(job, lambda each: line.conversion.run(each, GO_ON)) is not None


def without_ledger(line: Line, before: Path | None = None) -> Line:
    """Another run, whose ledger is missing, or is the older copy `before`."""
    line.close()
    ledger = line.state / "ledger.sqlite3"
    ledger.unlink()
    if before is not None:
        shutil.copy(before, ledger)
    made = Line(line.folder, line.state)
    made.recovery.run("daemon")
    return made


def test_an_answer_that_was_paid_is_used_without_the_ledger(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    take = make_take(line.folder / "take.wav", 0.5)
    paid_and_not_published(line, take)
    with caplog.at_level(logging.WARNING):
        later = without_ledger(line)
    assert caplog.text.count("is kept in") == 1
    # Another take gets the number of the old job, and not its answer.
    later.ask(make_take(line.folder / "other.wav", 0.5, seed=9), force=True)
    later.ask(take, force=True)
    later.work_off()
    assert set(later.states().values()) == {"done"}
    assert later.backend.sent == ["other.wav ada"]
    later.close()


@pytest.mark.parametrize("what", ["voice", "channels", "audio"])
def test_it_is_not_used_for_anything_else(line: Line, what: str) -> None:
    take = make_take(line.folder / "take.wav", 0.5, channels=2)
    paid_and_not_published(line, take)
    later = without_ledger(line)
    if what == "audio":
        make_take(take, 0.5, channels=2, seed=4)
    overrides = {"voice": {"voice": "bea"}, "channels": {"channels": 2}, "audio": {}}[what]
    later.ask(take, force=True, overrides=overrides)
    later.work_off()
    assert (later.job.state, len(later.backend.sent)) == ("done", 1)
    assert any((line.state / "work" / "answers").iterdir())  # it is still there for whoever comes
    later.close()


def test_what_may_have_been_paid_is_held_without_the_ledger(line: Line) -> None:
    take = make_take(line.folder / "take.wav", 0.5)
    line.backend.errors = [ConnectionLost("gone")]
    line.ask(take, force=True)
    line.work_off()
    assert line.job.state is State.HELD
    later = without_ledger(line)
    later.ask(take, force=True)
    later.work_off()
    assert (later.job.state, later.job.error_code, later.backend.sent) == ("held", "outcome_unknown", [])
    assert "not in the ledger" in later.job.error
    later.release(1)
    assert (later.job.state, later.backend.sent) == ("done", ["take.wav ada"])
    later.close()


def test_what_cost_nothing_is_not_held(line: Line) -> None:
    take = make_take(line.folder / "take.wav", 0.5)
    line.backend.errors = [Busy("later")]
    line.ask(take, force=True)
    line.work_off()
    later = without_ledger(line)
    later.ask(take, force=True)
    later.work_off()
    assert later.states() == {"take.wav": "done"}
    later.close()


def test_a_free_answer_is_not_kept(folder: Path, tmp_path: Path) -> None:
    line = Line(folder, tmp_path / "state", paid=False)
    paid_and_not_published(line, make_take(folder / "take.wav", 0.5))
    line.close()
    (tmp_path / "state" / "ledger.sqlite3").unlink()
    later = Line(folder, tmp_path / "state", paid=False)
    later.recovery.run("daemon")
    assert list((tmp_path / "state" / "work").iterdir()) == []
    later.close()


def test_an_older_ledger_gives_no_answer_to_the_wrong_job(line: Line, tmp_path: Path) -> None:
    """The copy was made while job 1 was the only one; job 2 of then is lost, and its number is given away again."""
    first = make_take(line.folder / "first.wav", 0.5)
    line.ask(first, force=True)
    line.work_off()
    line.close()
    copy = Path(shutil.copy(line.state / "ledger.sqlite3", tmp_path / "copy.sqlite3"))
    line = Line(line.folder, line.state)
    second = make_take(line.folder / "second.wav", 0.5, seed=2)
    paid_and_not_published(line, second)
    later = without_ledger(line, copy)
    later.ask(make_take(line.folder / "third.wav", 0.5, seed=3), force=True)
    later.ask(second, force=True)
    later.work_off()
    assert set(later.states().values()) == {"done"}
    assert later.backend.sent == ["third.wav ada"]
    later.close()


def test_a_retry_after_the_file_changed_does_not_get_the_answer_to_the_old_one(line: Line) -> None:
    take = make_take(line.folder / "take.wav", 0.5)
    paid_and_not_published(line, take)
    line.ending.end(line.job, StorageError("cannot be written"), cancel_requested=False)
    assert line.job.state is State.FAILED
    make_take(take, 0.5, seed=5)
    (line.folder / "none").mkdir()
    decisions.retry(line.ledger, 1)
    line.work_off()
    assert (line.job.state, len(line.backend.sent)) == ("done", 2)


def test_answers_of_an_older_version_are_kept(line: Line) -> None:
    folder = line.state / "work" / "12"
    folder.mkdir(parents=True)
    (folder / "received.key.0-0-1.wav").write_bytes(b"an answer")
    later = without_ledger(line)
    assert [path.name for path in (line.state / "work" / "answers").glob("*/*")] == ["job-12"]
    later.close()

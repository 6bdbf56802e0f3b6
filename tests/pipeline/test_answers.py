"""An answer that was paid for is found by its audio and its request, whichever job asked."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile

from pipeline.line import GO_ON, Line
from support import make_take
from takevoice.errors import BackendError, StorageError
from takevoice.jobs import State
from takevoice.pipeline import decisions
from takevoice.pipeline.answer_store import AnswerStore


class ConnectionLost(BackendError):
    code = "outcome_unknown"
    billed = None


@pytest.fixture
def store(line: Line) -> AnswerStore:
    return AnswerStore(line.work)


def answers(line: Line) -> list[Path]:
    return sorted((line.state / "work" / "answers").glob("*/*/received.*.audio"))


def convert(line: Line) -> None:
    """The oldest queued take, as far as its answer."""
    job = line.ledger.jobs.claim("daemon")
    assert job is not None
    assert line.step(job, lambda each: line.conversion.run(each, GO_ON)) is not None


def fail(line: Line, take: Path, *, cancelled: bool = False) -> None:
    """The answer is there, and its result cannot be written, or is not wanted."""
    line.drop(take)
    convert(line)
    line.ending.end(line.job, StorageError("cannot be written"), cancel_requested=cancelled)


def _killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("how", ["copied", "renamed", "deleted"])
@pytest.mark.parametrize("state", ["failed", "cancelled", "done"])
def test_another_take_gets_the_answer_to_the_same_audio(line: Line, how: str, state: str) -> None:
    take = make_take(line.folder / "take.wav", 0.5)
    if state == "done":
        line.drop(take)
        line.work_off()
        (line.folder / "take.ada.wav").unlink()
    else:
        fail(line, take, cancelled=state == "cancelled")
    other = line.folder / "other.wav"
    if how == "copied":
        shutil.copyfile(take, other)
    else:
        take.rename(other)
    if how == "deleted":
        data = other.read_bytes()
        other.unlink()
        other.write_bytes(data)
    line.drop(other)
    line.work_off()
    assert line.states()["other.wav"] == "done"
    assert line.backend.sent == ["take.wav ada"]
    assert soundfile.info(line.folder / "other.ada.wav").frames == soundfile.info(other).frames


def test_other_settings_for_the_same_request_need_no_other_answer(line: Line) -> None:
    take = make_take(line.folder / "take.wav", 0.5)
    line.drop(take)
    line.work_off()
    line.ask(take, overrides={"level": "off"})
    line.work_off()
    assert line.backend.sent == ["take.wav ada"]
    quiet = soundfile.read(line.folder / "take.ada.2.wav")[0]
    assert abs(quiet).max() == pytest.approx(0.5 * abs(soundfile.read(take)[0]).max(), rel=0.01)
    line.ask(take, overrides={"seed": 7})
    line.work_off()
    assert len(line.backend.sent) == 2


def test_a_retry_of_a_finished_take_gets_another_answer_and_so_does_everybody_after_it(line: Line) -> None:
    take = make_take(line.folder / "take.wav", 0.5)
    line.drop(take)
    line.drop(Path(shutil.copyfile(take, line.folder / "copy.wav")))
    line.work_off()
    assert line.backend.sent == ["take.wav ada"]
    decisions.retry(line.ledger, 1)
    line.backend.errors = [StorageError("the disk is full")]  # the request fails, and the person retries again
    line.work_off()
    decisions.retry(line.ledger, 1)
    line.work_off()
    assert line.ledger.jobs.get(1).state is State.DONE
    assert len(line.backend.sent) == 3
    newest = answers(line)
    assert len(newest) == 1
    line.ask(take, overrides={"level": "off"})
    line.work_off()
    assert len(line.backend.sent) == 3


def test_a_retry_of_a_failed_take_uses_the_answer_that_is_there(line: Line) -> None:
    fail(line, make_take(line.folder / "take.wav", 0.5))
    shutil.rmtree(line.state / "work" / "answers")
    decisions.retry(line.ledger, 1)
    line.work_off()
    assert line.states() == {"take.wav": "done"}
    assert len(line.backend.sent) == 1


def test_a_take_waits_while_its_audio_is_sent_for_another_result(line: Line) -> None:
    take = make_take(line.folder / "take.wav", 0.5)
    line.drop(take)
    line.ask(take, overrides={"level": "off"})
    line.ask(take, overrides={"voice": "bea"})
    first = line.ledger.jobs.claim("daemon")
    assert first is not None
    other = line.ledger.jobs.claim("daemon")
    assert other is not None
    assert (first.voice, other.voice) == ("ada", "bea")
    assert line.ledger.jobs.claim("daemon") is None
    assert line.ledger.jobs.claim("command-1") is None
    for job in (first, other):
        line.step(job, lambda each: line.conversion.run(each, GO_ON))
        line.step(line.ledger.jobs.get(job.id), line.restoration.run)
    line.work_off()
    assert set(line.states().values()) == {"done"}
    assert line.backend.sent == ["take.wav ada", "take.wav bea"]


@pytest.mark.parametrize("killed", [False, True])
@pytest.mark.parametrize(("reported", "counts"), [(None, 0.5), (0.0, 0.0), (0.75, 0.75), (float("nan"), 0.5), (-3.0, 0.5)])
def test_what_the_backend_bills_is_what_counts(
    line: Line, monkeypatch: pytest.MonkeyPatch, reported: float | None, counts: float, *, killed: bool
) -> None:
    line.backend.credits, line.backend.saved = reported, 4.0
    line.drop(make_take(line.folder / "take.wav", 0.5))
    if killed:  # the answer is on the disk, and the ledger does not have it yet
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(line.ledger.jobs, "complete_conversion", _killed)
            convert(line)
        assert line.charges.unresolved(line.job) == 0
    else:
        convert(line)
    (cost,) = line.ledger.costs.by("day")
    assert (cost.credits, cost.saved) == (counts, 4.0)
    assert line.ledger.charges.credits_of(line.job.id) == counts


def test_a_third_job_finds_the_answer_that_a_second_one_used(line: Line) -> None:
    take = make_take(line.folder / "take.wav", 0.5)
    for level in ("match", "off", -20):
        line.ask(take, overrides={"level": level})
        line.work_off()
    assert len(line.ledger.jobs.select((State.DONE,))) == 3
    assert len(line.backend.sent) == 1


def test_the_segments_that_are_there_are_not_sent_again(line: Line) -> None:
    line.backend.max_seconds = 1.0
    take = make_take(line.folder / "take.wav", 2.5)
    line.backend.errors = [None, BackendError("a wrong setting")]
    line.drop(take)
    line.work_off()
    assert line.states() == {"take.wav": "failed"}
    received, sent = len(answers(line)), len(line.backend.sent)
    assert received >= 1
    take.rename(line.folder / "other.wav")
    line.drop(line.folder / "other.wav")
    line.work_off()
    assert line.states()["other.wav"] == "done"
    everything = len(answers(line))
    assert len(line.backend.sent) == sent + everything - received


def spoil(line: Line, answer: Path) -> None:
    """The backend has sent something that is no audio, and nothing else says so."""
    for path in (line.state / "work").rglob(answer.name):
        path.write_bytes(b"no audio at all".ljust(path.stat().st_size))


def spoil_the_answer(line: Line) -> None:
    line.drop(make_take(line.folder / "take.wav", 0.5))
    convert(line)
    spoil(line, *answers(line))
    line.step(line.job, line.restoration.run)


@pytest.mark.parametrize("decision", [decisions.retry, decisions.release])
def test_a_bad_answer_is_paid_for_and_asked_for_again_by_a_person_only(line: Line, decision: Callable[..., object]) -> None:
    spoil_the_answer(line)
    assert (line.job.state, line.job.error_code) == ("held", "outcome_unknown")
    assert "cannot be read as audio" in line.job.error
    assert "`takevoice release 1` sends it again" in line.job.error
    assert not answers(line)
    decision(line.ledger, 1)
    line.work_off()
    assert line.states() == {"take.wav": "done"}
    assert len(line.backend.sent) == 2


@pytest.mark.parametrize("how", ["touched", "copied", "renamed", "asked for"])
def test_a_take_with_a_bad_answer_is_not_sent_again_by_itself(line: Line, how: str) -> None:
    spoil_the_answer(line)
    take, other = line.folder / "take.wav", line.folder / "other.wav"
    if how == "touched":
        os.utime(take, (1, 1))
        line.drop(take)
    elif how == "copied":
        line.drop(Path(shutil.copy(take, other)))
    elif how == "renamed":
        line.drop(take.rename(other))
    else:
        line.ask(take)
    line.work_off()
    assert len(line.backend.sent) == 1
    assert not line.ledger.jobs.select((State.FAILED, State.DONE))


def test_a_bad_answer_that_cost_nothing_fails_its_take(tmp_path: Path) -> None:
    folder = tmp_path / "takes"
    folder.mkdir()
    line = Line(folder, tmp_path / "state", paid=False)
    line.drop(make_take(folder / "take.wav", 0.5))
    convert(line)
    (answer,) = (line.state / "work" / "1").glob("received.*.audio")
    spoil(line, answer)
    line.step(line.job, line.restoration.run)
    assert (line.job.state, line.job.error_code) == ("failed", "bad_result")
    line.close()


def test_the_good_answers_of_a_take_survive_a_bad_one(line: Line) -> None:
    line.backend.max_seconds = 1.0
    line.drop(make_take(line.folder / "take.wav", 2.5))
    convert(line)
    first, *others = answers(line)
    assert others
    spoil(line, first)
    line.step(line.job, line.restoration.run)
    assert line.job.state is State.HELD
    sent = len(line.backend.sent)
    decisions.release(line.ledger, 1)
    line.work_off()
    assert line.states() == {"take.wav": "done"}
    assert len(line.backend.sent) == sent + 1


def test_a_take_whose_answer_was_deleted_is_not_sent_again_by_itself(line: Line) -> None:
    line.drop(make_take(line.folder / "take.wav", 0.5))
    convert(line)
    shutil.rmtree(line.state / "work")
    line.step(line.job, line.restoration.run)
    assert (line.job.state, line.job.error_code) == ("held", "outcome_unknown")
    os.utime(line.folder / "take.wav", (1, 1))
    line.drop(line.folder / "take.wav")
    line.work_off()
    assert len(line.backend.sent) == 1


def test_without_links_the_answers_are_copied(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(*_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", link)
    take = make_take(line.folder / "take.wav", 0.5)
    for level in ("match", "off"):
        line.ask(take, overrides={"level": level})
        line.work_off()
    assert len(line.ledger.jobs.select((State.DONE,))) == 2
    assert len(line.backend.sent) == 1
    assert not list((line.state / "work").rglob("*.part"))


def test_answers_that_are_old_or_too_many_are_removed(line: Line, store: AnswerStore) -> None:
    for number in range(3):
        line.drop(make_take(line.folder / f"{number}.wav", 0.5, seed=number))
        line.work_off()
    entries = [path.parent for path in sorted(answers(line), key=lambda path: path.stat().st_mtime)]
    for days, entry in zip((8, 3, 0), entries, strict=True):
        when = entry.stat().st_mtime - days * 86_400
        os.utime(entry, (when, when))
    assert store.prune(7) == 1
    assert not entries[0].exists()
    assert store.prune(7, max_bytes=sum(path.stat().st_size for path in entries[2].iterdir())) == 1
    assert [path.parent for path in answers(line)] == [entries[2]]
    assert store.prune(0) == 1
    assert not answers(line)


def test_what_may_have_been_paid_for_is_never_removed(line: Line, store: AnswerStore) -> None:
    line.backend.errors = [ConnectionLost("the connection broke")]
    take = make_take(line.folder / "take.wav", 0.5)
    line.drop(take)
    line.work_off()
    assert line.job.state is State.HELD
    line.close()
    (line.state / "ledger.sqlite3").unlink()
    later = Line(line.folder, line.state)
    later.recovery.run("daemon")
    assert store.prune(0, 0) == 0
    copy = Path(shutil.copyfile(take, line.folder / "copy.wav"))
    later.drop(take, copy)
    later.work_off()
    assert later.states() == {"take.wav": "held", "copy.wav": "held"}
    assert not later.backend.sent
    later.release(1)
    later.release(2)
    assert later.states() == {"take.wav": "done", "copy.wav": "done"}
    assert later.backend.sent == ["take.wav ada"]
    later.close()


def test_an_answer_is_paid_for_and_needs_no_approval_again(line: Line) -> None:
    """So many copies at once would be held, if they cost anything."""
    take = make_take(line.folder / "take.wav", 0.5)
    line.drop(take)
    line.work_off()
    line.set("[money]\nmany = 1\n")
    copies = [Path(shutil.copyfile(take, line.folder / f"copy {number}.wav")) for number in range(3)]
    line.drop(make_take(line.folder / "new.wav", 0.5, seed=1), *copies)
    line.work_off()
    assert line.states() == {
        "take.wav": "done",
        "new.wav": "held",
        **{copy.name: "done" for copy in copies},
    }
    assert len(line.backend.sent) == 1


def test_a_retry_with_another_level_is_no_reason_to_pay(line: Line) -> None:
    take = make_take(line.folder / "take.wav", 0.5)
    line.drop(take)
    line.work_off()
    line.set('[defaults]\nlevel = "off"\n')
    decisions.retry(line.ledger, 1)
    line.work_off()
    assert line.states() == {"take.wav": "done"}
    assert len(line.backend.sent) == 1
    decisions.retry(line.ledger, 1)  # with nothing changed, another answer is wanted
    line.work_off()
    assert len(line.backend.sent) == 2

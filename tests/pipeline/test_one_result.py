"""A take has one result and is paid for once, whichever way it was asked for."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
import soundfile

from pipeline.line import Line
from support import make_take
from takevoice.errors import BackendError
from takevoice.jobs import State
from takevoice.service.office.undo import undoable
from takevoice.system.fileid import version_of


class Unclear(BackendError):
    """The connection broke after the request had been sent."""

    code = "connection_lost"
    billed = None


@pytest.mark.parametrize("first", ["folder", "osc"])
def test_a_take_that_is_dropped_and_asked_for_at_once_has_one_result(line: Line, first: str) -> None:
    take = make_take(line.folder / "take.wav")
    for origin in ("folder", "osc") if first == "folder" else ("osc", "folder"):
        (line.drop if origin == "folder" else line.ask)(take)
    line.work_off()
    assert [path.name for path in line.folder.glob("*.ada*")] == ["take.ada.wav"]
    assert len(line.backend.sent) == 1
    assert line.withdrawn[0].instead == line.job
    assert line.job.output == line.folder / "take.ada.wav"


def test_another_result_is_made_for_whoever_wants_one(line: Line) -> None:
    take = make_take(line.folder / "take.wav")
    line.drop(take)
    line.work_off()
    line.ask(take, force=True)
    line.ask(take, output=line.folder / "named.wav")
    line.work_off()
    assert sorted(path.name for path in line.folder.glob("*.wav")) == [
        "named.wav",
        "take.ada.2.wav",
        "take.ada.wav",
        "take.wav",
    ]
    assert len(line.backend.sent) == 1


@pytest.mark.parametrize("copied", [False, True])
def test_what_may_be_billed_answers_every_later_request_until_a_person_decides(line: Line, copied: bool) -> None:
    take = make_take(line.folder / "take.wav")
    line.backend.errors = [Unclear("the connection broke")]
    line.drop(take)
    line.work_off()
    held = line.job
    assert held.state is State.HELD
    asked = line.folder / "copy.wav" if copied else take
    asked.write_bytes(take.read_bytes())
    for options in ({}, {"force": True}, {"overrides": {"level": "off"}}, {"output": line.folder / "x.wav"}):
        assert line.ask(asked, **options) is None
        line.work_off()
        assert line.withdrawn[-1].instead == held
    assert len(line.backend.sent) == 1
    # Another voice is another request.
    assert line.ask(asked, overrides={"voice": "bea"}) is not None
    line.work_off()
    assert len(line.backend.sent) == 2
    line.release(held.id)
    assert line.ledger.jobs.get(held.id).state is State.DONE
    assert len(line.backend.sent) == 3
    assert soundfile.info(line.folder / "take.ada.wav").frames == soundfile.info(take).frames


def test_a_copy_that_is_dropped_meanwhile_is_held_too(line: Line) -> None:
    take = make_take(line.folder / "take.wav")
    line.backend.errors = [Unclear("the connection broke")]
    line.drop(take)
    line.work_off()
    copy = Path(line.folder / "copy.wav")
    copy.write_bytes(take.read_bytes())
    line.drop(copy)
    line.work_off()
    assert line.states() == {"take.wav": "held", "copy.wav": "held"}
    assert len(line.backend.sent) == 1
    first, second = (job.id for job in line.ledger.jobs.select())
    line.release(first)
    other = Path(line.folder / "other.wav")
    other.write_bytes(take.read_bytes())
    assert line.ask(other) is not None  # the answer is there now
    line.ask(other, overrides={"voice": "bea"})
    line.work_off()
    line.release(second)
    assert line.states() == {"take.wav": "done", "copy.wav": "done", "other.wav": "done"}
    assert line.backend.sent == ["take.wav ada", "take.wav ada", "other.wav bea"]


@pytest.mark.parametrize("answer", ["kept", "lost"])
@pytest.mark.parametrize("way", ["touched", "made again"])
def test_a_take_that_is_written_again_without_its_result_gets_another_one(line: Line, way: str, answer: str) -> None:
    """From the answer that is there; else a file that was made anew is sent, and one that was only touched is not."""
    take = make_take(line.folder / "take.wav", 0.5)
    line.drop(take)
    line.work_off()
    result = line.folder / "take.ada.wav"
    result.unlink()
    if way == "touched":
        os.utime(take, (1e9, 1e9))
    else:
        make_take(line.folder / "new", 0.5, container="WAV").replace(take)
    if answer == "lost":
        shutil.rmtree(line.state / "work" / "answers")
    line.drop(take)
    line.work_off()
    skipped = (way, answer) == ("touched", "lost")
    assert result.exists() is not skipped
    assert len(line.backend.sent) == (2 if (way, answer) == ("made again", "lost") else 1)
    if skipped:
        why = "it was converted already, and its result is not there any more"
        assert line.withdrawn[0].why == f'{why}; `takevoice convert "{take}"` makes it again'
    line.drop(make_take(take, 0.5))
    line.work_off()
    if not skipped:
        assert line.withdrawn[-1].why == "it is converted already"


def test_a_result_of_two_jobs_is_listed_once_to_be_deleted(line: Line) -> None:
    """As of a take that was requested again, after its ledger entry was there."""
    take = make_take(line.folder / "take.wav", 0.5)
    line.drop(take)
    line.work_off()
    done = line.job
    other = line.ledger.jobs.add(take, State.DONE, output=done.output)
    assert done.output is not None
    version = version_of(done.output)
    assert version is not None
    for job in (other, done):
        line.ledger.outputs.record(job, done.output, version, line.ledger.outputs.hash_of(done.id, done.output))
    (found,) = undoable(line.ledger, line.ledger.jobs.select())
    assert (found.path, found.job.id, found.stays) == (done.output, done.id, "")

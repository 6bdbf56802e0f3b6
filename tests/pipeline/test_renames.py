"""A take that is renamed, moved or deleted on its way: one job, one result under the new name, paid for once."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.line import GO_ON, Line
from support import make_take
from takevoice.errors import BackendBusy, BackendError
from takevoice.jobs import Disposition, Job, State
from takevoice.pipeline import decisions
from takevoice.system.fileid import version_of


class NoRoom(BackendBusy):
    code = "backend_busy"


class ConnectionLost(BackendError):
    code = "outcome_unknown"
    billed = None


def queued(line: Line, take: Path) -> Job:
    (job,) = line.drop(take)
    assert job is not None
    return job


def converting(line: Line, take: Path) -> Job:
    queued(line, take)
    job = line.ledger.jobs.claim("daemon")
    assert job is not None
    return job


def restoring(line: Line, take: Path) -> Job:
    job = converting(line, take)
    ready = line.step(job, lambda each: line.conversion.run(each, GO_ON))
    assert ready is not None
    return ready


def go_on(line: Line, job: Job) -> None:
    """What the worker that has the job in hand does next."""
    if job.state is State.CONVERTING:
        converted = line.step(job, lambda each: line.conversion.run(each, GO_ON))
        if converted is not None:
            go_on(line, converted)
    elif job.state is State.RESTORING:
        line.step(job, line.restoration.run)


def found(line: Line, path: Path) -> Job:
    """The job of a file that is found, and has not settled yet."""
    version = version_of(path)
    assert version is not None
    (job,) = line.ledger.jobs.add_found([(path, line.folder, version)], "daemon")
    return job


@pytest.mark.parametrize("stage", [queued, converting, restoring])
@pytest.mark.parametrize("seen", ["settled first", "found first", "later"])
def test_a_take_that_is_renamed_on_its_way(line: Line, stage: Callable[[Line, Path], Job], seen: str) -> None:
    """`seen`: the new name settles, is found, or is seen at all only after the worker has noticed that the old one is gone."""
    take, renamed = line.folder / "take.wav", line.folder / "sub" / "renamed.wav"
    job = stage(line, make_take(take, 0.5))
    renamed.parent.mkdir()
    take.rename(renamed)
    if seen == "settled first":
        line.intake.take_up(found(line, renamed))
        go_on(line, job)
    elif seen == "found first":
        other = found(line, renamed)
        go_on(line, job)
        line.work_off()
        line.intake.take_up(other)
    else:
        go_on(line, job)
        line.work_off()
        line.intake.take_up(found(line, renamed))
    line.work_off()
    assert [path.name for path in line.folder.rglob("*.ada*")] == ["renamed.ada.wav"]
    assert len(line.backend.sent) == 1
    states = line.states()
    assert states.pop("renamed.wav") == "done"
    assert states in ({}, {"take.wav": "cancelled"})
    assert len(line.ledger.jobs.select((State.DONE,))) == 1


def test_a_take_that_is_deleted_is_cancelled_in_plain_words(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    take = make_take(line.folder / "take.wav", 0.5)
    data = take.read_bytes()
    job = restoring(line, take)
    take.unlink()
    with caplog.at_level(logging.INFO):
        go_on(line, job)
    assert (line.job.state, line.job.error_code) == (State.CANCELLED, "gone")
    assert "take.wav: it was deleted, renamed or moved before it was converted" in caplog.text
    # Its answer is kept for the very same audio, and the file is not known any more.
    assert line.ledger.files.known(take) is None
    take.write_bytes(data)
    line.drop(take)
    line.work_off()
    assert [job.state.value for job in line.ledger.jobs.select()] == ["cancelled", "done"]
    assert len(line.backend.sent) == 1


def test_a_request_follows_its_take_with_its_options(line: Line) -> None:
    take = make_take(line.folder / "take.wav", 0.5)
    asked = line.ask(take, overrides={"voice": "bea"})
    assert asked is not None
    take.rename(line.folder / "renamed.wav")
    line.intake.take_up(found(line, line.folder / "renamed.wav"))
    line.work_off()  # its file is gone: it follows
    line.work_off()
    assert sorted(path.name for path in line.folder.glob("*.*.wav")) == ["renamed.ada.wav", "renamed.bea.wav"]
    assert line.ledger.jobs.get(asked.id).output == line.folder / "renamed.bea.wav"
    assert sorted(line.backend.sent) == ["renamed.wav ada", "renamed.wav bea"]


def test_the_new_name_decides_about_the_settings(line: Line) -> None:
    """Renamed to the name of another track: that one's voice, and no result in the voice of the old one."""
    line.set('[tracks.bob]\nvoice = "bea"\n')
    job = restoring(line, make_take(line.folder / "take.wav", 0.5))
    (line.folder / "take.wav").rename(line.folder / "bob.wav")
    line.intake.take_up(found(line, line.folder / "bob.wav"))
    go_on(line, job)
    line.work_off()
    assert [path.name for path in line.folder.glob("*.*.wav")] == ["bob.bea.wav"]
    assert line.backend.sent == ["take.wav ada", "bob.wav bea"]


def test_what_was_asked_for_under_the_new_name_is_answered_by_the_one_job(line: Line) -> None:
    take = make_take(line.folder / "take.wav", 0.5)
    first = queued(line, take)
    take.rename(line.folder / "renamed.wav")
    other = found(line, line.folder / "renamed.wav")
    line.ledger.requests.attach("id", other.id)
    assert line.intake.take_up(other) is None
    assert line.withdrawn[-1].instead is not None
    assert line.withdrawn[-1].instead.id == first.id
    assert line.ledger.requests.ids(first.id) == ["id"]
    line.work_off()
    assert line.states() == {"renamed.wav": "done"}


def test_many_takes_that_are_renamed_at_once_are_not_held(line: Line) -> None:
    takes = [make_take(line.folder / f"{number}.wav", 0.2, seed=number) for number in range(4)]
    line.drop(*takes)
    line.set("[money]\nmany = 2\n")
    renamed = [take.rename(take.with_name(f"scene {take.name}")) for take in takes]
    line.drop(*renamed)
    line.work_off()
    assert line.states() == {path.name: "done" for path in renamed}
    assert len(line.backend.sent) == 4


def test_a_held_take_is_released_under_its_new_name(line: Line) -> None:
    take = make_take(line.folder / "take.wav", 0.5)
    line.backend.errors = [ConnectionLost("the connection broke")]
    line.drop(take)
    line.work_off()
    take.rename(line.folder / "renamed.wav")
    line.drop(line.folder / "renamed.wav")
    line.work_off()
    assert line.states() == {"renamed.wav": "held"}
    assert len(line.backend.sent) == 1
    line.release(1)
    assert line.states() == {"renamed.wav": "done"}
    assert len(line.backend.sent) == 2


def test_a_take_that_was_made_again_while_in_doubt_has_one_result_when_both_are_released(line: Line) -> None:
    take = make_take(line.folder / "take.wav", 0.5)
    job = converting(line, take)
    line.backend.errors = [ConnectionLost("the connection broke")]
    again = Path(shutil.copyfile(take, line.folder / "again.part"))
    again.replace(take)
    line.drop(take)
    go_on(line, job)
    line.work_off()
    held = line.ledger.jobs.select((State.HELD,))
    assert len(held) == 2
    for each in held:
        line.release(each.id)
    assert [path.name for path in line.folder.glob("*.ada*")] == ["take.ada.wav"]
    assert len(line.backend.sent) == 2


def test_a_take_that_was_in_doubt_when_it_went_away_stays_held(line: Line) -> None:
    take = make_take(line.folder / "take.wav", 0.5)
    job = converting(line, take)
    line.backend.errors = [ConnectionLost("the connection broke")]
    line.backend.on_sent = take.unlink
    go_on(line, job)
    assert (line.job.state, line.job.error_code) == (State.HELD, "outcome_unknown")


def test_a_link_to_the_take_is_no_new_name(line: Line) -> None:
    take = make_take(line.folder / "take.wav", 0.5)
    queued(line, take)
    (line.folder / "link.wav").hardlink_to(take)
    line.drop(line.folder / "link.wav")
    line.work_off()
    assert line.states() == {"take.wav": "done", "link.wav": "done"}
    assert len(line.backend.sent) == 1


def test_a_copy_and_a_removal_are_a_new_take_with_the_answer_of_the_old_one(line: Line) -> None:
    """As programs move a file to another drive."""
    take = make_take(line.folder / "take.wav", 0.5)
    job = restoring(line, take)
    shutil.copy2(take, line.folder / "moved.wav")
    take.unlink()
    line.drop(line.folder / "moved.wav")
    go_on(line, job)
    line.work_off()
    assert line.states() == {"take.wav": "cancelled", "moved.wav": "done"}
    assert len(line.backend.sent) == 1


@pytest.mark.parametrize("name", ["renamed", "copied"])
def test_a_take_that_was_dropped_in_doubt_is_not_sent_again_under_another_name(line: Line, name: str) -> None:
    """To leave it unconverted is no word to pay again; a release is."""
    take = make_take(line.folder / "take.wav", 0.5)
    line.backend.errors = [ConnectionLost("broke off")]
    go_on(line, converting(line, take))
    decisions.drop(line.ledger, line.job.id)
    other = take.with_name(f"{name}.wav")
    take.rename(other) if name == "renamed" else shutil.copyfile(take, other)
    line.drop(other)
    line.work_off()
    _, job = line.ledger.jobs.select()
    assert (job.state, job.error_code) == (State.HELD, "outcome_unknown")
    assert "which was cancelled before its answer came" in job.error
    assert len(line.backend.sent) == 1
    line.release(job.id)
    assert line.ledger.jobs.get(job.id).state is State.DONE
    assert len(line.backend.sent) == 2


@pytest.mark.parametrize("way", ["planned again", "released"])
def test_a_take_that_is_deleted_before_it_is_taken_up_again_leaves_no_folder(line: Line, way: str) -> None:
    """Nothing but the next start would remove it, which may be months away."""
    take = make_take(line.folder / "take.wav", 0.5)
    line.backend.errors = [ConnectionLost("broke off") if way == "released" else NoRoom("too many")]
    job = converting(line, take)
    go_on(line, job)
    assert line.work.job_ids() == [job.id]
    take.unlink()
    if way == "released":
        decisions.release(line.ledger, job.id)
    else:
        line.ledger.jobs.plan_again([job.id], "its settings have changed")
    line.work_off()
    assert (line.job.state, line.job.error_code) == (State.CANCELLED, "gone")
    assert line.work.job_ids() == []


def test_a_job_whose_file_another_one_has_followed_leaves_no_folder(line: Line) -> None:
    take = make_take(line.folder / "take.wav", 0.5)
    queued(line, take)
    ready = restoring(line, take)
    line.find(take.rename(take.with_name("renamed.wav")))
    go_on(line, ready)
    line.work_off()
    assert [path.name for path in line.folder.glob("*.ada*")] == ["renamed.ada.wav"]
    assert len(line.backend.sent) == 1
    assert line.work.job_ids() == []


@pytest.mark.parametrize("by", ["folder", "voice"])
def test_what_a_take_has_cost_stays_with_its_folder_and_voice_of_the_time(line: Line, by: str) -> None:
    """It is moved to a folder with another voice while it is sent; then its job is another one's."""
    other = line.folder.parent / "Other"
    other.mkdir()
    line.set(f'''[[watch]]\nfolder = {json.dumps(str(line.folder))}\n[[watch]]\nfolder = {json.dumps(str(other))}\nvoice = "bea"\n''')
    job = converting(line, make_take(line.folder / "take.wav", 2.0, 8_000))
    now = other / "take.wav"
    line.backend.on_sent = lambda: job.path.exists() and job.path.rename(now) and None
    go_on(line, job)
    line.ledger.jobs.delete_unsettled("daemon")
    line.ledger.jobs.withdraw(line.ledger.jobs.get(job.id), Disposition.JOB, None)
    (cost,) = line.ledger.costs.by(by)
    assert (cost.key, cost.credits) == ({"folder": str(line.folder), "voice": "ada"}[by], 2.0)

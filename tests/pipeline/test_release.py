"""A release approves what the job is held for, and the answer that is there: nothing is planned or paid for again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipeline.line import GO_ON, Line
from support import TAKES, make_take
from takevoice.errors import BackendError, UnknownJob
from takevoice.jobs import JobOptions, State
from takevoice.pipeline import decisions
from takevoice.system.fileid import version_of


class ConnectionLost(BackendError):
    code = "outcome_unknown"
    billed = None


def speech(folder: Path) -> Path:
    """Something whose reverse is unlike it."""
    return Path(shutil.copy(TAKES / "narrator_48k_24bit.flac", folder / "take.flac"))


def held_as_unlike(line: Line) -> Path:
    """A take whose answer is another one: played backwards."""
    line.set('[defaults]\nvoice = "ada"\n')
    line.backend.reverse = True
    take = speech(line.folder)
    line.drop(take)
    line.work_off()
    assert (line.job.state, line.job.error_code) == ("held", "not_alike")
    return take


def test_the_answer_that_was_released_is_published_whatever_the_config_says_now(line: Line) -> None:
    take = held_as_unlike(line)
    line.set('[defaults]\nvoice = "bea"\n')
    line.backend.reverse = False
    line.release(1)
    assert line.states() == {"take.flac": "done"}
    assert line.backend.sent == ["take.flac ada"]
    assert line.job.output == take.with_name("take.ada.flac")


def test_an_answer_that_is_gone_is_not_approved_with_the_next_one(line: Line) -> None:
    held_as_unlike(line)
    for path in (line.state / "work").rglob("received.*"):
        path.unlink()
    line.release(1)
    assert line.backend.sent == ["take.flac ada"] * 2  # sent once more, and looked at again
    assert (line.job.state, line.job.error_code) == ("held", "not_alike")


def test_a_retry_throws_the_unlike_answer_away(line: Line) -> None:
    held_as_unlike(line)
    line.backend.reverse = False
    decisions.retry(line.ledger, 1)
    line.work_off()
    assert line.states() == {"take.flac": "done"}
    assert line.backend.sent == ["take.flac ada"] * 2


def test_a_release_without_an_answer_sends_once_with_the_settings_of_now(line: Line) -> None:
    line.set('[defaults]\nvoice = "ada"\n')
    line.backend.errors = [ConnectionLost("the connection broke")]
    line.drop(make_take(line.folder / "take.wav"))
    line.work_off()
    assert (line.job.state, line.job.error_code) == ("held", "outcome_unknown")
    line.work_off()  # nothing is sent by itself
    line.set('[defaults]\nvoice = "bea"\n')
    line.release(1)
    assert line.states() == {"take.wav": "done"}
    assert line.backend.sent == ["take.wav ada", "take.wav bea"]


def test_a_take_in_part_received_goes_on_with_its_own_settings(line: Line) -> None:
    """Two segments: one was answered and paid for, one is in doubt. Only that one is sent again."""
    line.backend.max_seconds = 4.0
    line.set('conversions = 1\n[defaults]\nvoice = "ada"\n')
    line.backend.errors = [None, ConnectionLost("the connection broke")]
    line.drop(make_take(line.folder / "take.wav", 7.0, 8_000))
    line.work_off()
    assert line.job.state == "held"
    assert len(line.backend.sent) == 2
    line.set('[defaults]\nvoice = "bea"\n')
    line.release(1)
    assert line.states() == {"take.wav": "done"}
    assert line.backend.sent == ["take.wav ada"] * 3


def test_over_the_limit_a_release_converts_despite_it(line: Line) -> None:
    line.set("[money]\nper_day = 1\nfirst_look = false\n")
    line.drop(make_take(line.folder / "take.wav", 2.0))
    line.work_off()
    assert (line.job.state, line.job.error_code) == ("held", "cap")
    assert line.backend.sent == []
    line.release(1)
    assert line.states() == {"take.wav": "done"}


def test_two_reasons_in_turn_are_both_approved(line: Line) -> None:
    """Released over the limit, then unlike, then released again: the first approval is kept."""
    line.set("[money]\nper_day = 1\nfirst_look = false\n")
    line.backend.reverse = True
    line.drop(speech(line.folder))
    line.work_off()
    line.release(1)
    assert line.job.error_code == "not_alike"
    line.release(1)
    assert line.states() == {"take.flac": "done"}
    assert len(line.backend.sent) == 1


def test_what_is_not_held_is_not_released(line: Line) -> None:
    line.drop(make_take(line.folder / "take.wav"))
    with pytest.raises(UnknownJob, match="only a held job can be released"):
        decisions.release(line.ledger, 1)
    with pytest.raises(UnknownJob, match="no job 9"):
        decisions.release(line.ledger, 9)


def test_a_take_that_changed_since_is_not_published_with_the_old_answer(line: Line) -> None:
    take = held_as_unlike(line)
    before = version_of(take)
    shutil.copy(TAKES / "singer_44k_stereo.flac", take)
    assert version_of(take) != before
    line.release(1)
    assert (line.job.state, line.job.error_code) == ("cancelled", "rendered_again")
    assert "rendered again" in line.job.error
    assert not list(line.folder.glob("*.ada.*"))


@pytest.mark.parametrize("origin", ["osc", "command"])
def test_a_request_is_no_approval_to_send_again(line: Line, origin: str) -> None:
    """A script asks for a take that the folder's own job has sent, with an unknown outcome."""
    line.backend.errors = [ConnectionLost("the connection broke")]
    take = make_take(line.folder / "take.wav")
    line.drop(take)
    begun = line.ledger.jobs.claim("daemon")
    asked = line.ledger.jobs.add(take, State.FOUND, origin=origin, options=JobOptions(force=True))
    line.intake.take_up(asked)
    assert begun is not None
    line.step(begun, lambda job: line.conversion.run(job, GO_ON))
    line.work_off()
    assert [job.state for job in line.ledger.jobs.select()] == [State.HELD, State.HELD]
    assert "was sent before, as job 1" in line.ledger.jobs.get(asked.id).error
    assert len(line.backend.sent) == 1
    line.release(asked.id)
    assert line.ledger.jobs.get(asked.id).state is State.DONE
    assert len(line.backend.sent) == 2
    line.release(1)
    assert len(line.backend.sent) == 2  # the other's result is used


def test_the_release_of_a_flood_is_no_approval_to_send_again(line: Line) -> None:
    """A copy is held because many came at once; the take itself has an unknown outcome."""
    line.backend.errors = [ConnectionLost("the connection broke")]
    take = make_take(line.folder / "take.wav")
    line.drop(take)
    line.work_off()
    line.set("[money]\nmany = 1\n")
    line.now += 100
    copies = [Path(shutil.copy(take, line.folder / f"{n}.wav")) for n in range(2)]
    line.drop(*copies)
    line.release(2)
    assert (line.states()["0.wav"], len(line.backend.sent)) == ("held", 1)
    line.release(2)
    assert (line.states()["0.wav"], len(line.backend.sent)) == ("done", 2)

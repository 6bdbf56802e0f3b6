"""What a person has left unconverted stays so: its audio is not sent by itself, whatever becomes of its file."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile

from pipeline.line import Line
from signals import man
from support import make_take
from takevoice.errors import BackendError
from takevoice.holds import HoldReason
from takevoice.jobs import State
from takevoice.pipeline import decisions


class ConnectionLost(BackendError):
    code = "outcome_unknown"
    billed = None


Way = Callable[[Path], Path]


def touched(take: Path) -> Path:
    os.utime(take, (1e9, 1e9))
    return take


def renamed(take: Path) -> Path:
    return take.rename(take.with_name("renamed.wav"))


def moved(take: Path) -> Path:
    (take.parent / "scene").mkdir()
    return take.rename(take.parent / "scene" / "take.wav")


def copied(take: Path) -> Path:
    return Path(shutil.copyfile(take, take.with_name("copy.wav")))


def copied_with_its_time(take: Path) -> Path:
    return Path(shutil.copy2(take, take.with_name("copy.wav")))


def rendered_again(take: Path) -> Path:
    take.unlink()
    return make_take(take, 0.5)


WAYS: list[Way] = [touched, renamed, moved, copied, copied_with_its_time, rendered_again]


def held(line: Line) -> Path:
    """A take that was there before its folder was watched, and is held."""
    take = make_take(line.folder / "take.wav", 0.5)
    line.set("[money]\nfirst_look = true\n")
    line.look()
    line.drop(take)
    assert line.states() == {"take.wav": "held"}
    return take


@pytest.mark.parametrize("forgotten", [False, True])
@pytest.mark.parametrize("way", WAYS)
def test_a_dropped_take_stays_unconverted(line: Line, way: Way, forgotten: bool) -> None:
    take = held(line)
    decisions.drop(line.ledger, 1)
    if forgotten:
        decisions.forget(line.ledger, 1)
    now = way(take)
    assert line.drop(now) == [None]
    line.work_off()
    assert not line.backend.sent
    (skipped,) = line.withdrawn
    assert skipped.why == f'its audio was dropped, as job 1; `takevoice convert "{now}"` converts it'
    assert line.assessor.is_dealt_with(now)
    line.ask(now)
    line.work_off()
    assert line.states()[now.name] == "done"
    assert len(line.backend.sent) == 1


@pytest.mark.parametrize("held_for", ["a limit", "its answer"])
def test_a_drop_counts_whatever_the_take_was_held_for(line: Line, held_for: str) -> None:
    line.backend.reverse = held_for == "its answer"
    line.set("[money]\nper_day = 0\n" if held_for == "a limit" else "")
    take = line.folder / "take.wav"
    soundfile.write(take, man(2.0, 16_000), 16_000)
    line.drop(take)
    line.work_off()
    decisions.drop(line.ledger, 1)
    line.set("")
    sent = len(line.backend.sent)
    line.drop(touched(take), copied(take))
    line.work_off()
    assert set(line.states().values()) == {"cancelled"}
    assert len(line.backend.sent) == sent


def test_so_does_a_take_that_was_cancelled(line: Line) -> None:
    take = make_take(line.folder / "take.wav", 0.5)
    line.drop(take)
    decisions.cancel(line.ledger, 1)
    line.drop(touched(take))
    line.work_off()
    assert not line.backend.sent


def test_a_request_that_is_cancelled_says_nothing_about_the_take(line: Line) -> None:
    take = make_take(line.folder / "take.wav", 0.5)
    line.ask(take)
    decisions.cancel(line.ledger, 1)
    line.drop(take)
    line.work_off()
    assert len(line.backend.sent) == 1


def test_other_audio_and_another_voice_are_new(line: Line) -> None:
    take = held(line)
    decisions.drop(line.ledger, 1)
    line.drop(make_take(take, 0.5, seed=1))
    line.work_off()
    assert line.backend.sent == ["take.wav ada"]
    line.set('[defaults]\nvoice = "bea"\n')
    line.drop(make_take(take, 0.5))
    line.work_off()
    assert line.backend.sent == ["take.wav ada", "take.wav bea"]


def test_a_retry_lifts_the_drop(line: Line) -> None:
    """Once its result was there, a copy gets one too, for nothing."""
    take = held(line)
    decisions.drop(line.ledger, 1)
    decisions.retry(line.ledger, 1)
    line.work_off()
    assert line.states() == {"take.wav": "done"}
    line.drop(copied(take))
    line.work_off()
    assert line.states() == {"take.wav": "done", "copy.wav": "done"}
    assert len(line.backend.sent) == 1


def test_what_may_have_been_billed_is_still_in_doubt(line: Line) -> None:
    line.backend.errors = [ConnectionLost("the connection broke")]
    take = make_take(line.folder / "take.wav", 0.5)
    line.drop(take)
    line.work_off()
    decisions.drop(line.ledger, 1)
    line.drop(copied(take))
    line.work_off()
    assert line.states() == {"take.wav": "cancelled", "copy.wav": "held"}
    assert len(line.backend.sent) == 1


@pytest.mark.parametrize("way", [touched, renamed, moved, rendered_again])
def test_a_take_that_is_held_as_it_was_there_before_stays_held(line: Line, way: Way) -> None:
    now = way(held(line))
    line.drop(now)
    line.work_off()
    assert not line.backend.sent
    job = line.ledger.jobs.newest(now)
    assert job is not None
    assert (job.state, job.error_code) == (State.HELD, HoldReason.OLDER.code)
    assert len(line.ledger.jobs.select((State.HELD,))) == 1
    line.release(job.id)
    assert len(line.backend.sent) == 1


def test_a_held_take_is_wanted_by_who_asks_for_all_that_is_there(folder: Path, tmp_path: Path) -> None:
    for number, options in enumerate(({"asked_for": True}, {"existing_too": True})):
        line = Line(folder, tmp_path / f"{number}")
        take = held(line)
        line.close()
        later = Line(folder, tmp_path / f"{number}", **options)
        later.drop(touched(take))
        later.work_off()
        assert len(later.backend.sent) == 1
        later.close()
        (folder / "take.ada.wav").unlink()


def test_a_held_take_that_is_other_audio_now_says_why_its_job_ended(line: Line) -> None:
    take = held(line)
    line.drop(make_take(take, 0.5, seed=1))
    before = line.ledger.jobs.get(1)
    assert before.state is State.CANCELLED
    assert before.error == f"{take}: it was rendered again"

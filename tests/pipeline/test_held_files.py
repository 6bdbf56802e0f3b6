"""Held takes that are deleted, moved, renamed, converted or released: no job waits for nothing, and none is listed twice."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import pytest

from pipeline.line import Line
from support import make_take
from takevoice.jobs import Job, State
from takevoice.pipeline import held_files
from takevoice.pipeline.held_files import HeldFiles

FIRST_LOOK = "[money]\nfirst_look = true\n"


class Watch:
    """The look after held takes, at times that the test sets."""

    def __init__(self, line: Line) -> None:
        self.now = 0.0
        self._held = HeldFiles(line.ledger, line.events, "daemon", lambda _: False, lambda: self.now)

    def look_for(self, seconds: float) -> None:
        for _ in range(int(seconds / held_files.EVERY) + 1):
            self._held.look()
            self.now += held_files.EVERY


@pytest.fixture
def take(line: Line) -> Path:
    """A take that is held, as it was there before."""
    line.set(FIRST_LOOK)
    take = make_take(line.folder / "Vox.wav", 0.5)
    line.look()
    (job,) = line.drop(take)
    assert job is not None
    assert job.state is State.HELD
    return take


def only(line: Line, state: State) -> Job:
    (job,) = line.ledger.jobs.select((state,))
    return job


@pytest.mark.parametrize("away", ["deleted", "moved out"])
def test_a_held_take_that_goes_away_is_cancelled(line: Line, take: Path, away: str) -> None:
    watch = Watch(line)
    watch.look_for(held_files.GRACE)
    assert line.states() == {"Vox.wav": "held"}
    take.unlink() if away == "deleted" else shutil.move(take, line.folder.parent / "Vox.wav")
    watch.look_for(held_files.GRACE + held_files.EVERY)
    job = only(line, State.CANCELLED)
    assert "deleted, renamed or moved" in job.error


def test_a_share_that_is_not_mounted_takes_no_held_take_away(line: Line, take: Path) -> None:
    watch = Watch(line)
    watch.look_for(held_files.GRACE)
    away = line.folder.rename(line.folder.with_name("mounted elsewhere"))
    watch.look_for(60)
    line.folder.mkdir()  # an empty place to mount on
    watch.look_for(60)
    assert line.states() == {"Vox.wav": "held"}
    line.folder.rmdir()
    away.rename(line.folder)
    watch.look_for(60)
    assert line.states() == {"Vox.wav": "held"}


def test_a_held_take_under_the_name_of_another_track_stays_held_and_is_listed_once(line: Line, take: Path) -> None:
    line.set(FIRST_LOOK + '[tracks.Other]\nvoice = "bea"\n')
    line.drop(take.rename(take.with_name("Other.wav")))
    held = only(line, State.HELD)
    assert (held.path.name, held.error_code, held.voice) == ("Other.wav", "first_look", "bea")
    Watch(line).look_for(60)
    assert [job.path.name for job in line.ledger.jobs.select((State.HELD,))] == ["Other.wav"]


def test_a_held_take_that_a_person_has_converted_is_held_no_more(line: Line, take: Path) -> None:
    line.ask(take)
    line.work_off()
    Watch(line).look_for(held_files.EVERY)
    assert not line.ledger.jobs.select((State.HELD,))
    assert "has converted it" in only(line, State.CANCELLED).error


def test_what_is_held_no_more_is_not_reported(line: Line, take: Path, caplog: pytest.LogCaptureFixture) -> None:
    other = make_take(line.folder / "More.wav", 0.5, seed=1)
    line.drop(other)
    line.release(only(line, State.HELD).id)
    with caplog.at_level(logging.WARNING):
        line.holds.held.report(everything=True)
    assert not [record for record in caplog.records if "held:" in record.getMessage()]

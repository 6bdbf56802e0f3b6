"""A backend that has no room: its takes wait in the queue, what is paid stays, and other refusals stay what they are."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.line import GO_ON, Line
from support import make_take, wait_for
from takevoice import errors
from takevoice.api import errors as api
from takevoice.errors import Cancelled
from takevoice.holds import HoldReason
from takevoice.jobs import Job, JobOptions, State
from takevoice.pipeline.intake import RetryLater
from takevoice.pipeline.pacing import Turn

BUSY = [
    api.TooManyConcurrent("too many", status=429),
    api.SystemBusy("no capacity", status=429),
    api.SystemBusy("no capacity", status=503),
    api.RateLimited("slow down", status=429),
    api.ServiceUnavailable("maintenance", status=503),
    api.NoSlot("no slot"),
    errors.BackendBusy("somebody else's plugin has no room"),
]


@pytest.mark.parametrize("error", BUSY, ids=lambda error: f"{error.code}-{getattr(error, 'status', '')}")
def test_a_take_waits_however_often_it_is_refused(line: Line, folder: Path, error: Exception) -> None:
    line.backend.errors = [error] * 20
    line.drop(make_take(folder / "a.wav"))
    for _ in range(30):
        line.work_off()
        assert line.job.state in (State.QUEUED, State.DONE)
        line.now += 31
    assert line.job.state is State.DONE
    assert len(line.backend.sent) == 21
    details = [change.detail for change in line.ledger.jobs.history(line.job.id)]
    assert f"fake is busy: {error}" in details
    assert line.ledger.charges.credits_of(line.job.id) == 1  # it was paid once


def test_nothing_is_sent_before_the_backend_allows_it(line: Line, folder: Path) -> None:
    line.backend.errors = [errors.BackendBusy("no room", retry_after=100.0)]
    line.drop(make_take(folder / "a.wav"), make_take(folder / "b.wav", seed=1))
    line.work_off()
    line.now += 99
    line.work_off()
    assert line.backend.sent == ["a.wav ada"]
    line.now += 22
    line.work_off()
    line.now += 10
    line.work_off()
    assert line.states() == {"a.wav": "done", "b.wav": "done"}


def test_it_is_reported_once_when_it_lasts_and_once_when_it_is_over(
    line: Line, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "takevoice")
    line.backend.errors = [errors.BackendBusy("no room")] * 12
    line.drop(*(make_take(folder / f"{n}.wav", seed=n) for n in range(3)))
    said = []
    for _ in range(30):
        line.work_off()
        said += [list(line.problems.texts())]
        line.now += 31
    lines = [record.getMessage() for record in caplog.records if "room" in record.getMessage()]
    assert lines == ["fake is busy: no room. Takes wait until it has room", "fake has room again"]
    assert [lines[0]] in said
    assert said[-1] == []
    assert set(line.states().values()) == {"done"}


def test_a_moment_without_room_is_not_reported(
    line: Line, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "takevoice")
    line.backend.errors = [errors.BackendBusy("no room")]
    line.drop(make_take(folder / "a.wav"))
    line.work_off()
    line.now += 1.5
    line.work_off()
    assert line.job.state is State.DONE
    assert "busy" not in caplog.text


def test_a_take_that_is_refused_again_and_again_does_not_keep_others_from_the_backend(
    line: Line, folder: Path
) -> None:
    for _ in range(3):
        line.backend.errors.append(errors.BackendBusy("not this one"))
    line.drop(make_take(folder / "a.wav"), make_take(folder / "b.wav", seed=1))
    for _ in range(3):
        line.work_off()
        line.now += 31
    assert line.backend.sent == ["a.wav ada"] * 3
    assert line.pacing.deferred_jobs() == {1}


def test_segments_that_are_paid_stay_when_another_is_refused(line: Line, folder: Path) -> None:
    line.backend.max_seconds = 2.0
    line.backend.errors = [None, errors.BackendBusy("no room")]
    take = make_take(folder / "long.wav", 7.0)
    line.drop(take)
    line.work_off()
    assert line.job.state is State.QUEUED
    paid = line.ledger.charges.credits_of(line.job.id)
    assert paid > 0
    for _ in range(5):
        line.now += 31
        line.work_off()
    assert line.job.state is State.DONE
    segments = line.planner.segmentation(line.planner.draft(take, JobOptions())).segments
    assert len(line.backend.sent) == len(segments) + 1
    assert line.ledger.charges.credits_of(line.job.id) == pytest.approx(7.0, abs=0.1)


def test_a_segment_that_waits_for_its_turn_is_not_begun_once_another_has_failed(
    line: Line, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn, asked = line.pacing.turn, list[int]()

    @contextlib.contextmanager
    def crowded(job: Job, stop: Callable[[], bool]) -> Iterator[Turn]:
        asked.append(job.id)
        if len(asked) == 1:  # as long as the backend spreads its requests
            wait_for(stop, 20)
            raise Cancelled("stopped before it began")
        with turn(job, stop) as mine:
            yield mine

    monkeypatch.setattr(line.pacing, "turn", crowded)
    line.backend.max_seconds = 2.0
    line.backend.errors = [errors.BackendBusy("no room")]
    line.drop(make_take(folder / "long.wav", 7.0))
    line.work_off()
    assert line.job.state is State.QUEUED
    assert len(line.backend.sent) == 1


def test_what_is_in_doubt_beside_a_refusal_is_held(line: Line, folder: Path) -> None:
    line.backend.max_seconds = 2.0
    line.backend.errors = [errors.BackendBusy("no room"), api.OutcomeUnknown("the connection broke")]
    line.drop(make_take(folder / "long.wav", 7.0))
    for _ in range(3):
        line.work_off()
        line.now += 31
    assert line.job.state is State.HELD
    assert line.job.error_code == HoldReason.OUTCOME_UNKNOWN.code


def test_a_restart_in_the_middle_sends_what_waits(line: Line, folder: Path) -> None:
    line.backend.errors = [errors.BackendBusy("no room")]
    line.drop(make_take(folder / "a.wav"))
    line.work_off()
    again = Line(folder, line.state)
    try:
        assert again.recovery.run("daemon") == []
        again.work_off()
        assert again.job.state is State.DONE
        assert len(again.backend.sent) == 1
    finally:
        again.close()


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (api.QuotaExceeded("no credits", status=429), State.QUEUED),
        (api.InvalidKey("wrong key", status=401), State.QUEUED),
        (api.AudioRefused("no", status=400), State.FAILED),
        (api.ServerFailed("no", status=500), State.HELD),
    ],
)
def test_other_refusals_stay_what_they_are(line: Line, folder: Path, error: Exception, state: State) -> None:
    line.backend.errors = [error]
    line.drop(make_take(folder / "a.wav"))
    line.work_off()
    assert line.job.state is state
    assert line.pacing.without_room() == []
    assert bool(line.breaker.open_backends()) is (state is State.QUEUED)


def test_files_wait_while_the_voices_cannot_be_listed(
    line: Line, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = line.plugins.voices

    def refuse(backend: str) -> list[object]:
        raise errors.BackendBusy("no room", retry_after=30.0)

    monkeypatch.setattr(line.plugins, "voices", refuse)
    with pytest.raises(RetryLater) as caught:
        line.drop(make_take(folder / "a.wav"))
    assert isinstance(caught.value.__cause__, errors.BackendBusy)
    assert line.pacing.lookups_wait()
    line.now += 40
    assert not line.pacing.lookups_wait()
    monkeypatch.setattr(line.plugins, "voices", listing)
    line.intake.take_up(line.job)
    line.now += 10
    line.work_off()
    assert line.job.state is State.DONE


def test_the_limit_that_a_backend_reports_is_kept(line: Line, folder: Path) -> None:
    line.pacing.claim(line.drop(make_take(folder / "a.wav"))[0])  # type: ignore[arg-type]
    with line.pacing.turn(line.job, GO_ON.before_next) as turn:
        turn.max_concurrent = 1
    with line.pacing.turn(line.job, GO_ON.before_next):
        assert line.pacing.without_room() == ["fake"]
    assert line.pacing.without_room() == []


def test_a_paused_backend_is_asked_at_once_when_a_person_says_so(line: Line, folder: Path) -> None:
    line.backend.errors = [errors.BackendBusy("no room", retry_after=500.0)]
    line.drop(make_take(folder / "a.wav"))
    line.work_off()
    assert line.pacing.soonest() >= 500
    line.pacing.try_now()
    line.work_off()
    assert line.job.state is State.DONE

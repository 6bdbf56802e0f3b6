"""The rule alone, with a clock of its own; the real writers are in tests/watch."""

from __future__ import annotations

from pathlib import Path

import pytest

from takevoice.settled import FileCheck, Problem, SettleTracker, Verdict
from takevoice.system.fileid import FileVersion

TAKE = Path("take.wav")
DONE = FileCheck(complete=True, being_written=False)


def tracker() -> SettleTracker:
    made = SettleTracker(quiet=2.0, give_up=30.0)
    made.follow(TAKE, FileVersion(10, 1, 1), 0.0)
    return made


def verdict(settle: SettleTracker, now: float, look: FileCheck) -> Verdict:
    return settle.judge(TAKE, now, lambda: look)[0]


def test_a_complete_file_settles_after_the_quiet_time() -> None:
    settle = tracker()
    assert verdict(settle, 1.9, DONE) is Verdict.WAIT
    assert verdict(settle, 2.0, DONE) is Verdict.SETTLED


def test_every_change_starts_the_quiet_time_again() -> None:
    settle = tracker()
    settle.follow(TAKE, FileVersion(20, 2, 1), 1.5)
    assert verdict(settle, 3.4, DONE) is Verdict.WAIT
    assert verdict(settle, 3.5, DONE) is Verdict.SETTLED


def test_an_announced_file_need_not_be_quiet_but_must_be_complete() -> None:
    settle = tracker()
    settle.announce(TAKE)
    assert verdict(settle, 0.0, FileCheck(complete=False, being_written=False)) is Verdict.WAIT
    assert verdict(settle, 0.0, FileCheck(complete=True, being_written=True)) is Verdict.WAIT
    assert verdict(settle, 0.0, DONE) is Verdict.SETTLED


@pytest.mark.parametrize(
    "look", [FileCheck(complete=True, being_written=None), FileCheck(complete=None, being_written=False)]
)
def test_where_a_test_cannot_tell_the_wait_is_longer(look: FileCheck) -> None:
    settle = tracker()
    assert verdict(settle, 4.9, look) is Verdict.WAIT
    assert verdict(settle, 5.0, look) is Verdict.SETTLED


def test_a_file_that_somebody_writes_is_never_given_up() -> None:
    assert verdict(tracker(), 9999.0, FileCheck(complete=False, being_written=True)) is Verdict.WAIT


def test_an_abandoned_file_is_given_up_with_the_reason() -> None:
    settle = tracker()
    look = FileCheck(complete=False, being_written=False, reason="half of it is missing")
    assert settle.judge(TAKE, 29.9, lambda: look)[0] is Verdict.WAIT
    assert settle.judge(TAKE, 30.0, lambda: look)[:2] == (Verdict.TIMED_OUT, "half of it is missing")


def test_nothing_is_examined_before_the_quiet_time_is_over() -> None:
    def never() -> FileCheck:
        raise AssertionError("looked too early")

    tracker().judge(TAKE, 1.0, never)


def test_a_header_without_a_length_is_taken_when_it_has_been_quiet_for_long() -> None:
    look = FileCheck(complete=False, being_written=False, problem=Problem.NO_LENGTH)
    assert verdict(tracker(), 29.9, look) is Verdict.WAIT
    assert verdict(tracker(), 30.0, look) is Verdict.SETTLED
    written = FileCheck(complete=False, being_written=True, problem=Problem.NO_LENGTH)
    assert verdict(tracker(), 9999.0, written) is Verdict.WAIT

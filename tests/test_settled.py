"""The rule alone, with a clock of its own; the real writers are in tests/watch."""

from __future__ import annotations

import math
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
    """What is decided; that a file is probably finished decides nothing."""
    found = settle.judge(TAKE, now, lambda: look)[0]
    return Verdict.WAIT if found is Verdict.LIKELY else found


def verdicts(settle: SettleTracker, look: FileCheck, *times: float) -> list[Verdict]:
    return [settle.judge(TAKE, now, lambda: look)[0] for now in times]


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


def test_a_file_in_its_quiet_time_is_examined_until_it_is_likely_to_be_finished() -> None:
    looks: list[float] = []
    settle = tracker()
    for now in (0.0, 0.4, 0.5, 0.8, 1.2, 1.9):

        def look(now: float = now) -> FileCheck:
            looks.append(now)
            return FileCheck(complete=now >= 0.8, being_written=False)

        settle.judge(TAKE, now, look)
    assert looks == [0.5, 0.8]


def test_a_file_that_is_likely_to_be_finished_is_told_once_and_so_is_its_change() -> None:
    settle = tracker()
    wait, likely, settled = Verdict.WAIT, Verdict.LIKELY, Verdict.SETTLED
    assert verdicts(settle, DONE, 0.4, 0.5, 0.6) == [wait, likely, wait]
    assert settle.follow(TAKE, FileVersion(20, 2, 1), 1.0)
    assert not settle.follow(TAKE, FileVersion(20, 2, 1), 1.1)
    assert verdicts(settle, DONE, 1.6, 2.9, 3.0) == [wait, wait, settled]


@pytest.mark.parametrize(
    "look",
    [
        FileCheck(complete=False, being_written=False),
        FileCheck(complete=True, being_written=True),
        FileCheck(complete=True, being_written=None),
    ],
)
def test_what_may_be_unfinished_or_open_is_not_likely_to_be_finished(look: FileCheck) -> None:
    assert verdicts(tracker(), look, 0.5, 1.9) == [Verdict.WAIT, Verdict.WAIT]


def moved(rested: float, quiet: float = 2.0, after: float = 0.3) -> SettleTracker:
    """A file that was moved here `rested` seconds after its last write."""
    made = SettleTracker(quiet, 30.0, after)
    made.follow(TAKE, FileVersion(10, 1, 1), 0.0, rested)
    return made


def test_a_file_that_was_moved_here_long_after_it_was_written_settles_soon() -> None:
    assert verdicts(moved(3.0), DONE, 0.0, 0.29, 0.3) == [Verdict.LIKELY, Verdict.WAIT, Verdict.SETTLED]


@pytest.mark.parametrize(
    ("settle", "look"),
    [
        (moved(2.9), DONE),  # it was written a moment before
        (moved(9.0, quiet=10.0), DONE),  # the config wants more
        (moved(60.0, after=2.0), DONE),
        (moved(60.0), FileCheck(complete=False, being_written=False)),
        (moved(60.0), FileCheck(complete=True, being_written=True)),
        (moved(60.0), FileCheck(complete=True, being_written=None)),
        (moved(4.9), FileCheck(complete=None, being_written=False)),
    ],
)
def test_otherwise_a_file_that_was_moved_here_has_to_be_quiet(settle: SettleTracker, look: FileCheck) -> None:
    assert Verdict.SETTLED not in verdicts(settle, look, 0.0, 0.3, 1.9)


def test_a_file_without_its_length_in_the_header_has_to_have_rested_for_longer() -> None:
    look = FileCheck(complete=None, being_written=False)
    assert verdict(moved(5.0), 0.3, look) is Verdict.SETTLED


def test_a_moved_file_that_is_written_to_has_to_be_quiet_again() -> None:
    settle = moved(60.0)
    settle.follow(TAKE, FileVersion(20, 2, 1), 0.2, 0.0)
    assert verdict(settle, 2.1, DONE) is Verdict.WAIT
    assert verdict(settle, 2.2, DONE) is Verdict.SETTLED


def test_the_next_look_comes_when_something_may_have_changed() -> None:
    settle = tracker()
    assert settle.next_due(0.0) == 0.5
    settle.judge(TAKE, 0.5, lambda: DONE)
    assert settle.next_due(0.5) == 1.5
    assert settle.next_due(2.0) == 3.0
    assert settle.next_due(5.0) == math.inf
    assert moved(3.0).next_due(0.1) == pytest.approx(0.2)


def test_a_header_without_a_length_is_taken_when_it_has_been_quiet_for_long() -> None:
    look = FileCheck(complete=False, being_written=False, problem=Problem.NO_LENGTH)
    assert verdict(tracker(), 29.9, look) is Verdict.WAIT
    assert verdict(tracker(), 30.0, look) is Verdict.SETTLED
    written = FileCheck(complete=False, being_written=True, problem=Problem.NO_LENGTH)
    assert verdict(tracker(), 9999.0, written) is Verdict.WAIT

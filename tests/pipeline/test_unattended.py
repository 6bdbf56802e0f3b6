"""Takes that nobody asked for cost no more than the limits of an hour and a day, and say so in one line."""

from __future__ import annotations

import logging
import sqlite3
import sys
from pathlib import Path

import pytest

from pipeline.line import Line
from support import make_take
from takevoice.errors import SpendingLimitExceeded
from takevoice.jobs import State
from takevoice.ledger.charges import Spent
from takevoice.pipeline import decisions
from takevoice.pipeline.charges import check_limits
from takevoice.settings.model import Money


def takes(line: Line, count: int, name: str = "t") -> list[Path]:
    return [make_take(line.folder / f"{name}{n}.wav", 1.0, 8_000, seed=n + 20 * len(name)) for n in range(count)]


def codes(line: Line) -> list[str]:
    return [job.error_code or job.state.value for job in line.ledger.jobs.select()]


def age(line: Line, seconds: float) -> None:
    """Let everything that was sent be older."""
    with sqlite3.connect(line.state / "ledger.sqlite3") as ledger:
        ledger.execute("UPDATE sends SET at = at - ?", (seconds,))


def test_what_an_hour_allows_is_converted_and_the_rest_is_held_in_one_line(
    line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    """The fake backend costs a credit a second."""
    line.set("[money]\nunattended_per_hour = 3\n")
    line.drop(*takes(line, 5))
    with caplog.at_level(logging.WARNING):
        line.work_off()
        line.holds.held.report()
    assert codes(line) == ["done", "done", "done", "cap", "cap"]
    (told,) = [record.getMessage() for record in caplog.records if "held" in record.getMessage()]
    assert told == (
        "2 files, 2 seconds, about 2 credits, held: more than the 3 credits allowed in an hour for takes from folders "
        f'(`unattended_per_hour` in [money]); `takevoice release "{line.folder}"` converts them, '
        f'`takevoice drop "{line.folder}"` leaves them unconverted'
    )
    line.release(4)
    line.release(5)
    assert codes(line) == ["done"] * 5


def test_takes_that_are_held_one_by_one_get_a_line_a_minute(
    line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    line.set("[money]\nunattended_per_hour = 0\n")
    for path in takes(line, 5):
        line.drop(path)
        line.work_off()
        line.holds.held.report()
        line.now += 20
    told = [record.getMessage()[:7] for record in caplog.records if "held" in record.getMessage()]
    assert told == ["1 file,", "3 files"]
    line.holds.held.report(everything=True)
    assert len([record for record in caplog.records if "1 file," in record.getMessage()]) == 2


def test_the_limit_opens_again_with_time(line: Line) -> None:
    line.set("[money]\nunattended_per_hour = 2\nunattended_per_day = 3\n")
    first = takes(line, 2)
    line.drop(*first)
    line.work_off()
    age(line, 3700)
    line.drop(*takes(line, 2, "later"))
    line.work_off()
    assert codes(line) == ["done", "done", "done", "cap"]
    age(line, 86400)
    line.drop(*takes(line, 1, "next day"))
    line.work_off()
    assert codes(line)[-1] == "done"


def test_a_loop_of_requests_ends_at_twice_the_limit(line: Line) -> None:
    line.set("[money]\nunattended_per_hour = 2\n")
    for path in takes(line, 6):
        line.ask(path)
    line.work_off()
    assert codes(line) == ["done"] * 4 + ["cap"] * 2
    decisions.retry(line.ledger, 1)  # a script could loop over this too
    line.work_off()
    assert line.ledger.jobs.get(1).error_code == "cap"
    line.release(1)
    assert codes(line)[0] == "done"


def test_a_take_that_is_rendered_again_replaces_its_held_version(line: Line) -> None:
    line.set("[money]\nunattended_per_hour = 0\n")
    for seed in (1, 2):
        line.drop(make_take(line.folder / "take.wav", 1.0, 8_000, seed=seed))
        line.work_off()
    assert codes(line) == ["cap", "cap"]
    assert [job.state.value for job in line.ledger.jobs.select()] == ["cancelled", "held"]


def test_what_a_person_releases_takes_nothing_from_the_folder(line: Line) -> None:
    line.set("[money]\nunattended_per_hour = 2\nmany = 1\n")
    line.drop(*takes(line, 3))
    for job in (1, 2, 3):
        line.release(job)
    assert codes(line) == ["done"] * 3
    line.now += 100
    line.drop(*takes(line, 1, "new"))
    line.work_off()
    assert codes(line)[-1] == "done"


def test_a_free_backend_has_no_limit(line: Line) -> None:
    line.set("[money]\nunattended_per_hour = 0\n")
    line.backend.paid = False
    line.drop(*takes(line, 2))
    line.work_off()
    assert codes(line) == ["done", "done"]


def test_a_night_of_whatever_leaves_most_of_a_small_account(line: Line) -> None:
    """Long takes that arrive slowly, all night: the defaults of [money]."""
    money, spent = Money(), Spent(0.0, 0.0, 0.0)
    assert money.unattended_per_hour <= 10_000
    assert money.unattended_per_day <= 25_000
    job = line.ledger.jobs.add(line.folder / "a.wav", State.FOUND)
    with pytest.raises(SpendingLimitExceeded, match="unattended_per_hour"):
        check_limits(money, spent, 10_001.0, job, "folder")
    check_limits(money, spent, 20_000.0, job, "request")
    check_limits(money, spent, 1_000_000.0, job, "person")


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of folders")
def test_a_folder_that_cannot_be_written_holds_its_takes_in_one_line_before_anything_is_sent(
    line: Line, caplog: pytest.LogCaptureFixture, read_only: Path
) -> None:
    line.drop(*sorted(read_only.glob("*.wav")))
    with caplog.at_level(logging.WARNING):
        line.work_off()
        line.holds.held.report()
    assert codes(line) == ["not_writable"] * 3
    assert line.backend.sent == []
    (told,) = [record.getMessage() for record in caplog.records if "held" in record.getMessage()]
    assert "3 files, 3 seconds, about 3 credits, held: the folder for its result cannot be written: Read-only file system; it can only be read: use another folder" in told
    line.release(1)
    assert codes(line)[0] == "not_writable"
    read_only.chmod(0o755)
    line.release(1)
    assert codes(line)[0] == "done"


@pytest.fixture
def read_only(line: Line, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Takes in a folder that refuses new files, also where the tests run as root."""
    from takevoice.system import place

    takes(line, 3)
    try_create = place.try_create

    def refuse(folder: Path) -> None:
        if folder == line.folder and not folder.stat().st_mode & 0o200:
            raise OSError(30, "Read-only file system", str(folder))
        try_create(folder)

    monkeypatch.setattr(place, "try_create", refuse)
    line.folder.chmod(0o555)
    return line.folder

"""What is going on, and what it has cost, at a glance."""

from __future__ import annotations

import argparse
import csv
import errno
import io
import json
import logging
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.ledgers import PAID, planned, send, took
from cli.some_jobs import hold
from support import Command, fresh_logging
from takevoice.cli import spans
from takevoice.cli.common import PlainScreen, start_logging
from takevoice.holds import HoldReason
from takevoice.jobs import State
from takevoice.ledger import Ledger
from takevoice.paths import StateDir
from takevoice.process_lock import ProcessLock


@pytest.fixture
def ledger(command: Command) -> Iterator[Ledger]:
    command.plugin("fake", PAID)
    command.config('backend = "fake"\n[money]\nper_day = 50000\n')
    made = Ledger(command.state / "ledger.sqlite3")
    yield made
    made.close()


def test_the_status_says_what_there_is_to_do_and_what_needs_a_person(command: Command, ledger: Ledger, folder: Path) -> None:
    for n in range(4):
        planned(ledger, folder / f"{n}.wav", State.QUEUED, seconds=60.0)
    hold(ledger, folder / "held.wav", HoldReason.OLDER)
    planned(ledger, folder / "failed.wav", State.FAILED)
    done = planned(ledger, folder / "done.wav", State.DONE, seconds=60.0)
    send(ledger, done, 1000.0)
    took(ledger, done, 30.0)
    assert command("status", check=1).stdout.splitlines() == [
        "takevoice is not running; `takevoice run` continues",
        "  4 waiting, 0 converting: 4 min of audio",
        "  1 held: `takevoice jobs --held` says why",
        "  1 failed: `takevoice jobs --only failed` says why, `takevoice retry --failed` starts them again",
        "  1 take converted",
        "  today: 1,000 of 50,000 credits, about 4,000 to come",
    ]
    lock = ProcessLock(StateDir(command.state).owner_lock("daemon"))  # as a daemon does
    try:
        lines = command("status").stdout.splitlines()
        found = json.loads(command("status", "--json").stdout)
        StateDir(command.state).problems.write_text('{"fake": "fake is unavailable"}', "utf-8")
        unavailable = command("status").stdout.splitlines()
    finally:
        lock.release()
    assert unavailable[1:3] == ["  fake is unavailable", "  4 waiting, 0 converting: 4 min of audio"], "nobody knows when"
    assert lines[0].endswith("is running, converting with fake: for tests")
    assert lines[1] == "  4 waiting, 0 converting: 4 min of audio, done in about 2 min"
    assert (found["running"], found["need_you"], found["eta"]) == (True, 2, pytest.approx(120))


def test_the_status_says_that_the_disk_of_the_state_dir_is_full(
    command: Command, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 1_000_000))
    problem = f"the disk of the state dir ({command.state / 'work'}) is full: 8.4 MB are needed, 1.0 MB are free"
    assert f"  {problem}. Nothing is sent to a paid backend until there is room" in command("status", check=1).stdout.splitlines()


class FullDisk(io.StringIO):
    def write(self, _text: str) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_log_that_cannot_be_written_is_said_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Other work goes on, the screen keeps its lines, and so does the file once there is room."""
    with fresh_logging():
        screen = PlainScreen(times=False)
        start_logging(StateDir(tmp_path), screen)
        file = logging.getLogger().handlers[-1]
        assert isinstance(file, logging.FileHandler)
        with monkeypatch.context() as patch:
            patch.setattr(file, "stream", FullDisk())
            for number in range(3):
                logging.getLogger("takevoice").info("line %d", number)
        logging.getLogger("takevoice").info("there is room")
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert "--- Logging error ---" not in said
    assert said.count("takevoice.log cannot be written: No space left on device; free some space there") == 1
    assert [line for line in said.splitlines() if line.startswith("line")] == ["line 0", "line 1", "line 2"]
    assert "there is room" in (tmp_path / "logs" / "takevoice.log").read_text()


def test_a_status_without_any_state_or_with_a_broken_config_says_so(command: Command) -> None:
    assert command("status", check=1).stdout.splitlines() == [
        "takevoice is not running; `takevoice run` starts it",
        "  nothing to convert",
    ]
    command.config("backend = 1")
    assert "backend" in command("status", check=1).stdout.splitlines()[-1]


def test_jobs_have_a_heading_times_and_seeds_and_are_found_by_words(command: Command, ledger: Ledger, folder: Path) -> None:
    planned(ledger, folder / "Anna_1.wav", State.DONE, "Anna", seed=7)
    planned(ledger, folder / "Guard_1.wav", State.DONE, "Guard", "bruno")
    ledger.jobs.update(2, changed=time.time() - 40 * 86400)
    heading, first, second, total = command("jobs").stdout.splitlines()
    assert heading.split()[:4] == ["job", "state", "changed", "take"]
    assert heading.index("take") == first.index(str(folder))
    assert "[ada, seed 7]" in first
    assert time.strftime("%m-%d", time.localtime(time.time() - 40 * 86400)) in second
    assert total == "2 jobs: 2 done"

    def listed(*words: str) -> list[int]:
        return [job["id"] for job in json.loads(command("jobs", "--json", *words).stdout)]

    assert listed("--search", "ANNA") == listed("--track", "an*") == listed("--voice", "ada") == listed("--since", "3d") == [1]
    assert listed("--voice", "bruno", "--search", "anna") == []
    assert command("jobs", "--search", "nothing").stdout == "There are no such jobs.\n"
    assert "is no time" in command("jobs", "--since", "soon", check=2).stderr


@pytest.mark.parametrize(
    ("by", "keys"), [("character", ["=Anna", "Guard"]), ("voice", ["ada", "bruno"]), ("day", [time.strftime("%Y-%m-%d")])]
)
def test_costs_are_listed_and_can_go_into_a_spreadsheet(
    command: Command, ledger: Ledger, folder: Path, by: str, keys: list[str]
) -> None:
    send(ledger, planned(ledger, folder / "a.wav", State.DONE, "=Anna"), 1200.4, "=Anna")
    send(ledger, planned(ledger, folder / "b.wav", State.HELD, "Guard", "bruno"), 300.0, "Guard", answered=False)
    heading, *lines = command("costs", "--by", by).stdout.splitlines()
    assert heading.split() == [by, "takes", "minutes", "credits"]
    assert [line.split()[0] for line in lines[:-1]] == [*keys, "total"]
    assert lines[-2].split()[1:] == ["2", "0.2", "1,500"]
    assert lines[-1].startswith("300 of these credits are for requests of unknown outcome")
    rows = list(csv.reader(io.StringIO(command("costs", "--by", by, "--csv").stdout)))
    assert [row[0].lstrip("'") for row in rows] == [by, *keys]
    assert rows[1][0][0] != "="  # a spreadsheet would take it for a formula
    assert rows[0][4:6] == ["minutes", "credits"]
    assert sum(float(row[5]) for row in rows[1:]) == pytest.approx(1500.4)
    assert command("costs", "--until", "yesterday").stdout == "Nothing was sent to a paid backend in that time.\n"
    assert len(json.loads(command("costs", "--by", by, "--since", "today", "--until", "today", "--json").stdout)) == len(keys)


def test_the_candidates_of_a_take_are_one_take(command: Command, ledger: Ledger, folder: Path) -> None:
    for _number in (1, 2, 3):
        job = planned(ledger, folder / "a.wav", State.DONE, "Anna")
        ledger.jobs.update(job, family=1)
        send(ledger, job, 100.0, "Anna")
    assert command("costs", "--by", "track").stdout.splitlines()[1].split() == ["Anna", "1", "0.3", "300"]


def test_times_are_understood_as_people_type_them() -> None:
    day = time.mktime((2026, 11, 26, 0, 0, 0, 0, 0, -1))
    assert spans.since("2026-11-26") == day
    assert spans.until("2026-11-26") == time.mktime((2026, 11, 27, 0, 0, 0, 0, 0, -1))
    assert spans.since("2026-11-26 14:30") == spans.until("2026-11-26T14:30") == day + 14.5 * 3600
    assert spans.since("2h") == pytest.approx(time.time() - 7200, abs=60)
    assert spans.since("yesterday") < spans.since("today") < time.time()
    for word in ("", "soon", "25:00", "2026-13-01", "-3d"):
        with pytest.raises(argparse.ArgumentTypeError, match="is no time"):
            spans.since(word)

"""The live table says what the ledger says, whoever changed it; and `jobs` says when nothing works on them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from cli.ledgers import PAID, planned, send, took
from support import Command, make_take
from takevoice.cli.live import LiveTable
from takevoice.jobs import State
from takevoice.ledger import Ledger
from takevoice.paths import StateDir
from takevoice.pipeline import decisions
from takevoice.process_lock import ProcessLock
from takevoice.service.environment import load_environment
from takevoice.service.office import Office


@pytest.fixture
def ledger(command: Command) -> Iterator[Ledger]:
    made = Ledger(command.state / "ledger.sqlite3")
    yield made
    made.close()


@pytest.fixture
def office(ledger: Ledger, command: Command) -> Office:
    state = StateDir(command.state)
    return Office(ledger, state, lambda: load_environment(state=command.state))


def screen(table: LiveTable, width: int = 80, height: int = 24) -> list[str]:
    file = io.StringIO()
    console = Console(file=file, width=width, height=height)
    table._console = console
    console.print(table.table())
    return [line.rstrip() for line in file.getvalue().splitlines()]


def queued(ledger: Ledger, name: str) -> int:
    job = ledger.jobs.add(Path("/exports", name), State.FOUND)
    return ledger.jobs.complete_intake(job, State.QUEUED, None, audio_hash=name, settings_hash="s", voice="ada").id


def test_the_table_shows_what_an_earlier_run_left(office: Office, ledger: Ledger) -> None:
    for n in range(30):
        queued(ledger, f"Anna [b]{n:02}.wav")
    ledger.jobs.claim("daemon")
    table = LiveTable()
    table.read(office)
    lines = screen(table)
    assert lines[:2] == ["0 converted, 0 failed, 0 held, 30 on their way", "local"]
    assert "Anna [b]00.wav" in lines[3]  # no markup
    assert "converting" in lines[3]  # whole, at 80 columns
    assert lines[3].endswith(" 0%")
    assert "and 14 more" in lines[-1]
    assert len(lines) == 20  # some lines are left for the log
    assert len(screen(table, 160, 50)) == 33  # all of them: as many as the window has
    decisions.cancel(ledger, 30)
    assert len(screen(table, 160, 50)) == 32


def test_the_title_says_how_long_it_takes_and_what_it_costs(office: Office, ledger: Ledger, command: Command, folder: Path) -> None:
    command.plugin("fake", PAID)
    command.config('backend = "fake"\n[money]\nper_day = 50000\n')
    for n in range(4):
        planned(ledger, folder / f"{n}.wav", State.QUEUED, seconds=60.0)
    done = planned(ledger, folder / "done.wav", State.DONE, seconds=60.0)
    send(ledger, done, 1000.0)
    took(ledger, done, 30.0)
    table = LiveTable()
    table.read(office)
    assert screen(table)[:2] == [
        "0 converted, 0 failed, 0 held, 4 on their way: 4 min of audio, about 2 min left",
        "fake | today: 1,000 of 50,000 credits, about 4,000 to come",
    ]
    office.pause()
    assert screen(table, 100)[:2] == [
        "0 converted, 0 failed, 0 held, 4 on their way: 4 min of audio",
        "paused: `takevoice resume` continues | today: 1,000 of 50,000 credits, about 4,000 to come",
    ]


def test_a_wide_window_shows_long_names_and_a_narrow_one_whole_words(office: Office, ledger: Ledger, folder: Path) -> None:
    voice = "the narrator of the third season, close"
    number = planned(ledger, folder / ("Anna " * 20 + "12.wav"), State.QUEUED, voice=voice, seconds=7000.0)
    took(ledger, planned(ledger, folder / "done.wav", State.DONE, seconds=60.0), 30.0)
    table = LiveTable()
    table.read(office)
    assert voice in screen(table, 240)[3]
    assert "12.wav" in screen(table, 240)[3]
    for width in (80, 100):
        lines = screen(table, width)
        assert not any(line.endswith("…") for line in lines[:2]), lines
        assert any("1 h 57 min of audio, about 58 min left" in line for line in lines)
        assert any(line.split()[0] == str(number) and "queued" in line for line in lines)


def test_it_follows_what_people_do_elsewhere(office: Office, ledger: Ledger) -> None:
    table = LiveTable()
    table.read(office)
    one, two, three, four = (queued(ledger, f"{n}.wav") for n in range(4))
    decisions.cancel(ledger, one)
    ledger.jobs.change(two, State.HELD, error_code="cap", error="too much")
    table.on_changed(ledger.jobs.change(three, State.FAILED, error_code="audio", error="bad"))
    assert screen(table)[0] == "0 converted, 1 failed, 1 held, 1 on its way"
    assert [line.split()[0] for line in screen(table)[3:]] == [str(four)]
    decisions.retry(ledger, three)
    decisions.release(ledger, two)
    assert screen(table)[0] == "0 converted, 0 failed, 0 held, 3 on their way"


def test_jobs_that_a_killed_command_left_wait_until_they_are_taken_over(office: Office, ledger: Ledger, command: Command) -> None:
    for n in range(5):
        queued(ledger, f"{n}.wav")
    ledger.jobs.claim("daemon")
    for n in (2, 3):
        ledger.jobs.update(n, owner="command-1")
    lock = ProcessLock(command.state / "runners" / "command-1")  # `takevoice convert` in another terminal
    table = LiveTable()
    table.read(office)
    assert screen(table)[0] == "0 converted, 0 failed, 0 held, 5 on their way"
    lock.release()  # it is killed: nothing is written to the ledger
    lines = screen(table)
    assert lines[0] == "0 converted, 0 failed, 0 held, 3 on their way, 2 waiting"
    assert lines[2] == "2 jobs of a command that was ended: takevoice continues within half a minute"
    assert {line.split()[0]: line.split()[3] for line in lines[4:]} == {"1": "converting", "2": "waiting", "3": "waiting", "4": "queued", "5": "queued"}
    ledger.jobs.take_over("command-1", "daemon")
    assert screen(table)[0] == "0 converted, 0 failed, 0 held, 5 on their way"
    assert "waiting" not in "".join(screen(table))


def test_a_ledger_that_is_closed_leaves_the_table_as_it_was(command: Command) -> None:
    ledger = Ledger(command.state / "ledger.sqlite3")
    queued(ledger, "a.wav")
    table = LiveTable()
    table.read(Office(ledger, StateDir(command.state), lambda: load_environment(state=command.state)))
    before = screen(table)
    ledger.close()
    assert screen(table) == before


def test_jobs_says_that_takevoice_is_not_running(command: Command, ledger: Ledger) -> None:
    for n in range(3):
        queued(ledger, f"{n}.wav")
    ledger.jobs.claim("daemon")
    said = command("jobs").stdout.splitlines()
    line = "takevoice is not running; 3 jobs are waiting for it (2 queued, 1 converting): `takevoice run` continues."
    assert said[-1] == line
    assert command("jobs", "1").stdout.splitlines()[-1] == line
    assert len(command.jobs()) == 3  # JSON stays as it is
    lock = ProcessLock(command.state / "runners" / "daemon")
    assert "not running" not in command("jobs").stdout
    ledger.jobs.take_over("daemon", "command-1")
    assert "3 jobs of a command that was ended are waiting" in command("jobs").stdout
    assert "takevoice continues within half a minute" in command("jobs").stdout
    job = command.jobs()[0]
    said = f"its command was ended: takevoice continues within half a minute, unless you `takevoice cancel {job['id']}`"
    assert said in command("explain", job["path"], check=1).stdout
    lock.release()


@pytest.mark.process
def test_jobs_is_silent_about_it_when_all_is_done(gated: Command, folder: Path) -> None:
    gated("convert", make_take(folder / "take.wav", 0.3))
    assert "not running" not in gated("jobs").stdout

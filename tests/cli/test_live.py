"""The live table says what the ledger says, whoever changed it; and `jobs` says when nothing works on them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from support import Command, make_take
from takevoice.cli.live import LiveTable
from takevoice.jobs import State
from takevoice.ledger import Ledger
from takevoice.pipeline import decisions
from takevoice.process_lock import ProcessLock


@pytest.fixture
def ledger(command: Command) -> Iterator[Ledger]:
    made = Ledger(command.state / "ledger.sqlite3")
    yield made
    made.close()


def screen(table: LiveTable, width: int = 80, height: int = 24) -> list[str]:
    file = io.StringIO()
    console = Console(file=file, width=width, height=height)
    table._console = console
    console.print(table.table())
    return [line.rstrip() for line in file.getvalue().splitlines()]


def queued(ledger: Ledger, name: str) -> int:
    job = ledger.jobs.add(Path("/exports", name), State.FOUND)
    return ledger.jobs.complete_intake(job, State.QUEUED, None, audio_hash=name, settings_hash="s", voice="ada").id


def test_the_table_shows_what_an_earlier_run_left(ledger: Ledger) -> None:
    for n in range(30):
        queued(ledger, f"Anna [b]{n:02}.wav")
    ledger.jobs.claim("daemon")
    table = LiveTable()
    table.read(ledger)
    lines = screen(table)
    assert lines[0].strip() == "0 converted, 0 failed, 0 held, 30 on their way"
    assert "Anna [b]00.wav" in lines[2]  # no markup
    assert "converting" in lines[2]  # whole, at 80 columns
    assert "and 18 more" in lines[-1]
    assert len(screen(table, 160, 50)) == len(lines)  # read again only when something changes
    decisions.cancel(ledger, 30)
    assert "and 4 more" in screen(table, 160, 50)[-1]


def test_it_follows_what_people_do_elsewhere(ledger: Ledger) -> None:
    table = LiveTable()
    table.read(ledger)
    one, two, three, four = (queued(ledger, f"{n}.wav") for n in range(4))
    decisions.cancel(ledger, one)
    ledger.jobs.change(two, State.HELD, error_code="cap", error="too much")
    table.on_changed(ledger.jobs.change(three, State.FAILED, error_code="audio", error="bad"))
    assert screen(table)[0].strip() == "0 converted, 1 failed, 1 held, 1 on their way"
    assert [line.split()[0] for line in screen(table)[2:]] == [str(four)]
    decisions.retry(ledger, three)
    decisions.release(ledger, two)
    assert screen(table)[0].strip() == "0 converted, 0 failed, 0 held, 3 on their way"


def test_a_ledger_that_is_closed_leaves_the_table_as_it_was(command: Command) -> None:
    ledger = Ledger(command.state / "ledger.sqlite3")
    queued(ledger, "a.wav")
    table = LiveTable()
    table.read(ledger)
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
    lock.release()


@pytest.mark.process
def test_jobs_is_silent_about_it_when_all_is_done(gated: Command, folder: Path) -> None:
    gated("convert", make_take(folder / "take.wav", 0.3))
    assert "not running" not in gated("jobs").stdout

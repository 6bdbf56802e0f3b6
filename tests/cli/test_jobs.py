"""The list of jobs: of a take, of a folder, how many there are in all, and what decides about the held ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.some_jobs import add, hold
from support import Command
from takevoice.holds import HoldReason
from takevoice.jobs import JobOptions, SourcePart, State
from takevoice.ledger import Ledger
from takevoice.pipeline import decisions


@pytest.fixture
def ledger(command: Command) -> Iterator[Ledger]:
    made = Ledger(command.state / "ledger.sqlite3")
    yield made
    made.close()


def test_the_jobs_of_a_take_of_its_result_and_of_a_folder(command: Command, ledger: Ledger, folder: Path) -> None:
    for name in ("a.wav", "b.wav", "inside/c.wav"):
        add(ledger, folder / name, State.FAILED)
    result = folder.parent / "Results" / "a.ada.wav"
    ledger.jobs.update(1, output=result)
    add(ledger, folder.parent / "Exports 2" / "d.wav", State.FAILED)

    def listed(*words: object) -> list[int]:
        return [job["id"] for job in json.loads(command("jobs", "--json", *words).stdout)]

    assert listed(folder / "b.wav") == [2]
    assert listed(result) == [1]
    assert listed(result.parent) == [1]
    assert listed(folder) == [1, 2, 3]
    assert listed(folder, "--last", "2") == [2, 3]
    assert listed("--last", "1") == [4]
    assert listed() == [1, 2, 3, 4]
    lines = command("jobs", folder, "--only", "failed").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["job", "1", "2", "3", "3"]
    assert lines[-1] == "3 jobs: 3 failed"
    (folder / "new.wav").touch()
    assert "There are no jobs of" in command("jobs", folder / "new.wav").stdout
    assert "no such file or folder" in command("jobs", folder / "none.wav", check=2).stdout


def test_the_list_says_how_many_jobs_there_are_in_all(command: Command, ledger: Ledger, folder: Path) -> None:
    for state in (State.FAILED, State.CANCELLED, State.CANCELLED):
        add(ledger, folder / f"{state}.wav", state)
    assert command("jobs").stdout.splitlines()[-1] == "3 jobs: 1 failed, 2 cancelled"
    lines = command("jobs", "--last", "1").stdout.splitlines()
    assert lines[2:] == ["3 jobs: 1 failed, 2 cancelled; the newest 1 is listed, --last 0 lists all"]


def test_what_an_editor_has_asked_for_is_listed_by_its_name_and_session(command: Command, ledger: Ledger, folder: Path) -> None:
    source = folder.parent / "interchange" / "jfk.wav"
    excerpt = command.state / "handover" / "r1" / "Line_3.wav"
    part = SourcePart(source, 0.5, 1.0)
    asked = (JobOptions(name="Line/3", session="Scene 12", part=part), JobOptions(name="Line/3", part=part))
    for number, options in enumerate(asked):
        job = ledger.requests.create_job(f"r{number}", excerpt, origin="file", options=options).result()[0]
        ledger.jobs.update(job.id, state=State.FAILED, error=f"{excerpt}: the server is on fire")
    lines = command("jobs").stdout.splitlines()
    assert lines[1].endswith("  Line/3 (Scene 12): the server is on fire")
    assert lines[2].endswith("  Line/3 (jfk.wav): the server is on fire")
    assert "Line/3 (Scene 12)" in command("jobs", "1").stdout
    listed = json.loads(command("jobs", "--json").stdout)
    assert [(each["name"], each["session"]) for each in listed] == [("Line/3", "Scene 12"), ("Line/3", "")]
    assert listed[0]["path"] == str(excerpt)
    add(ledger, folder / "other.wav", State.FAILED)
    for place in (source, source.parent):  # the file that it was cut from is what a person knows
        assert [each["id"] for each in json.loads(command("jobs", "--json", place).stdout)] == [1, 2]
    ledger.jobs.update(1, state=State.DONE, error="", output=excerpt.with_name("candidates") / "Line_3.ada.2.wav")
    assert command("jobs").stdout.splitlines()[1].endswith("  Line/3 (Scene 12) -> Line_3.ada.2.wav")


def test_commands_for_held_jobs_are_said_once(command: Command, ledger: Ledger, folder: Path) -> None:
    for name in ("a.wav", "b.wav"):
        hold(ledger, folder / name, HoldReason.OLDER)
    lines = command("jobs", "--held").stdout.splitlines()[1:]
    assert lines[0].endswith("a.wav: why")
    assert lines[2] == "held: `takevoice release JOB` converts it, `takevoice drop JOB` leaves it unconverted"
    hold(ledger, folder / "c.wav", HoldReason.CAP)
    lines = command("jobs", "--held").stdout.splitlines()[1:]
    assert lines[3].startswith("held (1, 2): `takevoice release JOB` converts it, ")
    assert lines[4].startswith("held (3): `takevoice release JOB` converts it despite the limit, ")
    assert lines[5] == "3 jobs: 3 held"


def test_a_dropped_job_is_listed_with_what_helps_now(command: Command, ledger: Ledger, folder: Path) -> None:
    decisions.drop(ledger, hold(ledger, folder / "a.wav", HoldReason.OLDER))
    assert "release" not in command("jobs").stdout
    said = command("jobs", "1").stdout
    assert "release" not in said
    assert "`takevoice retry 1` converts it\n" in said



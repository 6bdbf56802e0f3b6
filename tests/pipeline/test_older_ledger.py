"""An older copy of the ledger is put back: what was done since is next to the takes, and is neither paid nor made twice."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipeline.line import Line
from support import make_take
from takevoice.jobs import State
from takevoice.ledger.backup import back_up
from takevoice.pipeline import decisions


def names(line: Line) -> set[str]:
    return {str(path.relative_to(line.folder)) for path in line.folder.rglob("*.wav")}


def back(line: Line, copy: Path, *, answers: bool) -> Line:
    """takevoice with the older copy of the ledger, started again; `answers`: those that were paid for are still there."""
    line.close()
    for file in line.state.glob("ledger.sqlite3*"):
        file.unlink()
    shutil.copy(copy, line.state / "ledger.sqlite3")
    if not answers:
        shutil.rmtree(line.state / "work")
    again = Line(line.folder, line.state)
    again.recovery.run("daemon")
    return again


@pytest.mark.parametrize("answers", [True, False])
def test_takes_that_were_queued_then_have_their_results(line: Line, tmp_path: Path, answers: bool) -> None:
    takes = [make_take(line.folder / f"take{number}.wav", 0.5, seed=number) for number in range(3)]
    line.drop(*takes)
    back_up(line.state / "ledger.sqlite3", tmp_path / "copy")
    line.work_off()
    there = names(line)
    assert len(line.backend.sent) == 3

    again = back(line, tmp_path / "copy", answers=answers)
    again.work_off()
    assert again.backend.sent == []
    assert names(again) == there
    assert again.states() == dict.fromkeys(("take0.wav", "take1.wav", "take2.wav"), "done")
    assert {job.output and job.output.name for job in again.ledger.jobs.select()} == {f"take{n}.ada.wav" for n in range(3)}
    again.close()


@pytest.mark.parametrize("answers", [True, False])
def test_a_take_that_was_on_its_way_then_is_done(line: Line, tmp_path: Path, answers: bool) -> None:
    line.drop(make_take(line.folder / "take.wav", 0.5))
    line.backend.on_sent = lambda: back_up(line.state / "ledger.sqlite3", tmp_path / "copy")
    line.work_off()

    again = back(line, tmp_path / "copy", answers=answers)
    assert again.job.state is State.DONE
    assert again.job.output == line.folder / "take.ada.wav"
    assert names(again) == {"take.wav", "take.ada.wav"}
    assert again.backend.sent == []
    again.close()


def test_another_voice_that_was_cast_since_has_its_results(line: Line, tmp_path: Path) -> None:
    line.drop(make_take(line.folder / "take.wav", 0.5))
    line.work_off()
    back_up(line.state / "ledger.sqlite3", tmp_path / "copy")
    line.set('[defaults]\nvoice = "bea"')
    decisions.convert_with_new_settings(line.ledger, line.job.id)
    line.work_off()
    there = names(line)
    assert "take.bea.wav" in there

    again = back(line, tmp_path / "copy", answers=False)
    again.set('[defaults]\nvoice = "bea"')
    decisions.convert_with_new_settings(again.ledger, again.job.id)
    again.work_off()
    assert (again.backend.sent, names(again)) == ([], there)
    assert again.job.output == line.folder / "take.bea.wav"
    again.close()


def test_another_result_that_a_person_wants_is_made(line: Line, tmp_path: Path) -> None:
    line.drop(make_take(line.folder / "take.wav", 0.5))
    line.work_off()
    back_up(line.state / "ledger.sqlite3", tmp_path / "copy")
    decisions.retry(line.ledger, line.job.id)
    line.work_off()

    again = back(line, tmp_path / "copy", answers=False)
    decisions.retry(again.ledger, again.job.id)
    again.work_off()
    assert len(again.backend.sent) == 1
    assert names(again) == {"take.wav", "take.ada.wav", "take.ada.2.wav", "take.ada.3.wav"}
    again.close()


@pytest.mark.parametrize("broken", ["cut", "empty", "of other audio"])
def test_what_only_has_the_name_of_a_result_is_none(line: Line, tmp_path: Path, broken: str) -> None:
    line.drop(make_take(line.folder / "take.wav", 0.5))
    back_up(line.state / "ledger.sqlite3", tmp_path / "copy")
    line.work_off()
    result = line.folder / "take.ada.wav"
    if broken == "of other audio":
        make_take(result, 0.5, seed=9)
    else:
        result.write_bytes(result.read_bytes()[: 5000 if broken == "cut" else 0])

    again = back(line, tmp_path / "copy", answers=True)
    again.work_off()
    assert again.job.output == line.folder / "take.ada.2.wav"
    again.close()

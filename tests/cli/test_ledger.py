"""takevoice ledger: what a person sees, and that nothing is lost by it; that no look leaves a log of SQLite behind."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ledger.damage import filled, overwrite, page_of
from support import Command, make_take
from takevoice.jobs import State
from takevoice.ledger import Ledger
from takevoice.process_lock import ProcessLock

COUNT = 60


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("made") / "ledger.sqlite3", COUNT)


@pytest.fixture
def path(made: Path, command: Command) -> Path:
    command.state.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy(made, command.state / "ledger.sqlite3"))


def logs_of_sqlite(command: Command) -> list[str]:
    return [path.name for path in command.state.rglob("*") if path.name.endswith(("-wal", "-shm"))]


@pytest.mark.process
def test_no_command_leaves_a_log_behind(gated: Command, folder: Path) -> None:
    gated("convert", make_take(folder / "take.wav", 0.3))
    for words in (["jobs"], ["jobs", "1"], ["jobs", "--json"], ["doctor"], ["explain", folder / "take.wav"], ["quote", folder],
                  ["retry", "1"], ["cancel", "1"], ["run", "--once", "--osc-port", "0", folder], ["ledger", "check"]):  # fmt: skip
        gated.process(*words, check=None)
        assert logs_of_sqlite(gated) == [], words


def test_backup_and_check(command: Command, path: Path, tmp_path: Path) -> None:
    said = command("ledger", "check").stdout
    assert said.startswith(f"{path}: ")
    assert said.endswith(f"{COUNT + 2} jobs, sound\n")
    said = command("ledger", "backup", tmp_path).stdout
    (backup,) = tmp_path.glob("takevoice-ledger-*.sqlite3")
    assert said.startswith(f"{backup}: ")
    assert command("ledger", "check", backup).stdout.endswith(f"{COUNT + 2} jobs, sound\n")
    assert "exists already" in command("ledger", "backup", backup, check=1).stderr
    assert "b.sqlite3: its folder does not exist; make it" in command("ledger", "backup", tmp_path / "none" / "b.sqlite3", check=1).stderr
    assert "needs a file" in command("ledger", "backup", check=2).stderr


def test_a_backup_put_in_the_place_of_the_ledger_is_the_ledger(command: Command, path: Path, tmp_path: Path) -> None:
    command("ledger", "backup", tmp_path / "b.sqlite3")
    path.write_bytes(b"gone")
    assert command("jobs", check=1).stderr
    shutil.copy(tmp_path / "b.sqlite3", path)
    assert len(command.jobs()) == COUNT + 2


@pytest.mark.parametrize("action", ["backup", "check", "recover"])
def test_a_missing_ledger_is_named(command: Command, action: str, tmp_path: Path) -> None:
    words = [tmp_path / "b.sqlite3"] if action == "backup" else []
    assert "there is no ledger" in command("ledger", action, *words, check=1).stderr
    assert not (command.state / "ledger.sqlite3").exists()


def test_check_names_the_damage_and_recover_mends_it(command: Command, path: Path) -> None:
    overwrite(path, page_of(path, "jobs"))
    damaged = path.read_bytes()
    said = command("ledger", "check", check=1).stdout
    assert "is damaged" in said
    assert "`takevoice ledger recover`" in said
    said = command("ledger", "recover").stdout
    assert len(said.splitlines()) <= 20
    (kept,) = command.state.glob("ledger.damaged-*.sqlite3")
    assert kept.read_bytes() == damaged
    assert str(kept) in said
    assert "only the file and what was converted are still known" in said
    assert [job["state"] for job in command.jobs()].count("done") == COUNT
    command("ledger", "check")


def test_recover_needs_takevoice_stopped(command: Command, path: Path) -> None:
    lock = ProcessLock(command.state / "runners" / "command-1")
    before = path.read_bytes()
    assert "another takevoice is using this state dir" in command("ledger", "recover", check=2).stderr
    assert path.read_bytes() == before
    lock.release()
    command("ledger", "recover")


def test_recover_leaves_a_sound_ledger_alone(command: Command, path: Path) -> None:
    before = path.read_bytes()
    assert "is sound: there is nothing to recover" in command("ledger", "recover").stdout
    assert path.read_bytes() == before
    assert not list(command.state.glob("ledger.damaged-*"))


def test_the_numbers_of_answers_that_are_there_are_not_given_away_again(command: Command, path: Path) -> None:
    (command.state / "work" / "4711").mkdir(parents=True)
    command("ledger", "recover", "--force")
    with closing(Ledger(path)) as ledger:
        assert ledger.jobs.add(Path("/a.wav"), State.FOUND).id == 4712


def test_run_says_that_the_ledger_is_damaged_and_does_not_start(gated: Command, path: Path, folder: Path) -> None:
    overwrite(path, page_of(path, "sends"))
    make_take(folder / "take.wav", 0.3)
    said = gated("run", "--once", "--osc-port", "0", folder, check=1).stderr
    assert "is damaged" in said
    assert "`takevoice ledger recover`" in said
    assert os.listdir(folder) == ["take.wav"]
    assert "`takevoice ledger recover`" in gated("doctor", check=1).stdout
    gated("ledger", "recover")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DELETE FROM jobs WHERE state <> 'done'")
        connection.commit()
    gated("run", "--once", "--osc-port", "0", folder)
    assert (folder / "take.ada.wav").exists()

"""docs/upkeep.md: backups, another machine, older and newer ledgers, and what is left behind."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from support import BACKENDS, FAST, Command, make_take
from walked import Walk

PAGE = Path(__file__).parent.parent.parent / "docs" / "upkeep.md"


def paid(home: Path, takes: Path, here: Path) -> Command:
    command = Command(home)
    command.plugin(BACKENDS / "paid.py")
    command.config(f'backend = "paid"\n{FAST}\n[plugins.paid]\nhere = "{here}"\n[[watch]]\nfolder = "{takes}"\n[tracks."b"]\ncandidates = 2\n')
    return command


@pytest.fixture
def old(tmp_path: Path) -> Command:
    """A machine with two takes that were converted and paid for, one of them with candidates."""
    (tmp_path / "gate").touch()
    takes = tmp_path / "old" / "Exports"
    takes.mkdir(parents=True)
    command = paid(tmp_path / "old", takes, tmp_path)
    make_take(takes / "a.wav", 0.3)
    make_take(takes / "b.wav", 0.4, seed=1)
    command("run", "--once", "--osc-port", "0", "--existing")
    assert sent(tmp_path) == 3
    return command


def sent(here: Path) -> int:
    return len((here / "sent").read_text().splitlines())


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.mark.process
@pytest.mark.parametrize("kept", ["the whole state dir", "a backup of the ledger", "nothing but the takes and their results"])
def test_on_another_machine_nothing_is_converted_or_paid_again(old: Command, tmp_path: Path, kept: str) -> None:
    new = tmp_path / "new"
    if kept == "a backup of the ledger":
        Walk(PAGE, lambda words: old(*words).stdout, old.home).all()
        (new / "state").mkdir(parents=True)
        (backup,) = (old.home / "Backups").iterdir()
        shutil.copy(backup, new / "state" / "ledger.sqlite3")
    elif kept == "the whole state dir":
        shutil.copytree(old.state, new / "state")
    shutil.copytree(old.home / "Exports", new / "Films" / "Exports")
    command = paid(new, new / "Films" / "Exports", tmp_path)
    before = files(new / "Films" / "Exports")
    assert len(before) == 6
    command("run", "--once", "--osc-port", "0", "--existing")
    assert (sent(tmp_path), files(new / "Films" / "Exports")) == (3, before)


@pytest.mark.process
def test_the_ledger_follows_a_folder_of_another_name(old: Command, tmp_path: Path) -> None:
    takes, new = old.home / "Exports", tmp_path / "Films" / "Exports"
    picked = takes / "candidates" / "b.ada.2.wav"
    old("pick", picked)
    old("candidates", "--note", "the warm one", picked)
    new.parent.mkdir()
    takes.rename(new)
    old.config((old.config_dir / "takevoice.toml").read_text().replace(str(takes), str(new)))
    assert (said := old("deliver", new).stdout).startswith("2 of 2 takes are ready") and "`takevoice ledger move` helps" in said
    assert "no take there" in old("ledger", "move", takes / "elsewhere", new, check=2).stderr
    assert "does not exist" in old("ledger", "move", takes, tmp_path / "nowhere", check=2).stderr
    assert "moved to" in old("ledger", "move", f"{takes}/", new).stdout
    before = files(new)
    old("run", "--once", "--osc-port", "0", "--existing")
    assert (sent(tmp_path), files(new)) == (3, before)
    assert "2 of 2 takes are ready" in old("deliver", new).stdout
    assert "the warm one" in old("candidates", new / "b.wav").stdout
    assert "2 results" in old("undo", new, check=2).stdout


def test_a_newer_ledger_is_refused_and_left_as_it_is(command: Command, folder: Path) -> None:
    command("convert", make_take(folder / "a.wav", 0.3))
    ledger = command.state / "ledger.sqlite3"
    with sqlite3.connect(ledger) as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()
    before = ledger.read_bytes()
    said = command("run", "--once", "--osc-port", "0", folder, check=None).stderr
    assert "the ledger has version 999" in said and "install the newer takevoice again" in said
    assert ledger.read_bytes() == before


@pytest.mark.process
def test_nothing_is_left_but_what_the_page_names(command: Command) -> None:
    exports = command.home / "Exports"
    exports.mkdir()
    command("init", exports)
    make_take(exports / "a.wav", 0.3)
    with command.daemon("--osc-port", "0"):
        pass
    command("convert", exports / "a.wav", "--candidates", "2")
    command("casting", "export", command.home / "cast.csv")
    command("play", exports / "a.wav", TAKEVOICE_PLAYER="true", check=None)
    command("doctor", check=None)
    named = {"config", "state", "Exports", "cast.csv"}  # the test's own names of the first two
    left = {path.name for path in command.home.iterdir()} - named
    assert {name for name in left if not name.startswith(("daemon-", "command-"))} == set()
    assert {path.name for path in command.config_dir.parent.iterdir()} == {"takevoice"}
    assert {path.name for path in exports.iterdir()} <= {"a.wav", "a.ada.wav", "candidates"}

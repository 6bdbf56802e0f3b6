"""takevoice doctor on REAPER: what it finds wrong, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from support import Command
from takevoice.cli import doctor_reaper
from takevoice.cli.finding import Finding
from takevoice.cli.install import reaper as target
from takevoice.paths import StateDir


@pytest.fixture
def resources(own_home: Path) -> Path:
    folder = own_home / "config" / "REAPER"
    folder.mkdir(parents=True)
    (folder / "reaper.ini").touch()
    return folder


@pytest.fixture
def place(command: Command, resources: Path) -> Path:
    """The installed scripts."""
    command("install", "reaper")
    return resources / "Scripts" / "takevoice"


def found(command: Command) -> list[Finding]:
    return list(doctor_reaper.reaper(StateDir(command.state)))


def failed(command: Command) -> list[Finding]:
    return [finding for finding in found(command) if not finding.well]


def list_actions(resources: Path, place: Path) -> None:
    """Let REAPER have the actions in its list."""
    names = [path.name for path in place.glob("takevoice_*.lua")]
    folder = place.relative_to(resources / "Scripts").as_posix()
    lines = [f'SCR 4 0 RS{n} "Custom: {name}" "{folder}/{name}"\n' for n, name in enumerate(names)]
    (resources / "reaper-kb.ini").write_text("".join(lines))


def test_without_reaper_nothing_is_reported(command: Command) -> None:
    assert found(command) == []


def test_a_reaper_without_the_scripts_is_no_fault(command: Command, resources: Path) -> None:
    (finding,) = found(command)
    assert finding.well
    assert f"{resources}: takevoice's scripts are not installed; `takevoice install reaper` does that" == finding.detail


def test_all_is_well_once_the_actions_are_in_the_list(command: Command, resources: Path, place: Path) -> None:
    (finding,) = failed(command)
    assert finding.detail.startswith("0 of ")
    assert f"Load ReaScript, and open all in {place}" in finding.advice
    list_actions(resources, place)
    assert failed(command) == []
    details = "\n".join(finding.detail for finding in found(command))
    count = len(list(place.glob("takevoice_*.lua")))
    assert f"{resources}: the scripts are of this version" in details
    assert f"{count} of {count} actions are in the action list, as reaper-kb.ini has it" in details
    assert f"this state dir and this takevoice, and hand over in {command.state / 'handover'}" in details


def test_an_action_that_is_not_in_the_list_is_named(command: Command, resources: Path, place: Path) -> None:
    list_actions(resources, place)
    lines = (resources / "reaper-kb.ini").read_text().splitlines(keepends=True)
    (resources / "reaper-kb.ini").write_text("".join(line for line in lines if "takevoice_window" not in line))
    (finding,) = failed(command)
    assert finding.detail.endswith("; not there: takevoice_window.lua")


def test_it_is_part_of_the_command(command: Command, resources: Path) -> None:
    said = command("doctor", check=None).stdout
    assert "ok    REAPER " in said


@pytest.mark.parametrize("change", ["edit", "delete", "add"])
def test_scripts_that_are_not_this_versions(command: Command, resources: Path, place: Path, change: str) -> None:
    list_actions(resources, place)
    script = place / "api" / "osc.lua"
    if change == "edit":
        script.write_text("-- mine")
    elif change == "delete":
        script.unlink()
    else:
        record = place / "installed.json"
        (place / "old.lua").touch()
        record.write_text(record.read_text().replace('"files": {', '"files": {"old.lua": "x",'))
    (finding,) = failed(command)
    assert " 1 of " in finding.detail
    assert "missing, edited or of another version" in finding.detail
    assert "`takevoice install reaper`" in finding.advice


def test_scripts_that_talk_to_another_takevoice(command: Command, resources: Path, place: Path, tmp_path: Path) -> None:
    """A daemon with another --state, a moved installation, a folder copied from another machine."""
    list_actions(resources, place)
    settings = place / "settings.lua"
    command("install", "reaper", "--state", tmp_path / "Jürgen's state")
    (finding,) = failed(command)
    assert f"the scripts use the state dir {tmp_path / 'Jürgen'}'s state, and not {command.state}" in finding.detail
    assert "--state of `takevoice run`" in finding.advice
    assert list(doctor_reaper.reaper(StateDir(tmp_path / "Jürgen's state")))[1].well
    command("install", "reaper")
    for old, new, told in (
        ('"-m"', '"-x"', "takevoice command"),
        ("command = ", "comand = ", "the takevoice command (none)"),
        ("return", "return ", "edited, or of another version"),
    ):
        text = settings.read_text()
        settings.write_text(text.replace(old, new, 1))
        (finding,) = failed(command)
        assert told in finding.detail
        settings.write_text(text)
    settings.unlink()
    assert "the scripts do not know where takevoice is" in failed(command)[0].detail


def test_a_handover_folder_that_is_missing_or_cannot_be_opened(
    command: Command, resources: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    list_actions(resources, place)
    (command.state / "handover").rmdir()
    (finding,) = failed(command)
    assert f"{command.state / 'handover'} is missing" in finding.detail
    monkeypatch.setattr(doctor_reaper, "plain_path", lambda path: None if "state" in path.parts else str(path))
    (finding,) = failed(command)
    assert "letters beyond ASCII" in finding.detail
    assert "--state C:\\takevoice" in finding.advice
    monkeypatch.setattr(doctor_reaper, "plain_path", lambda _: None)
    assert any("use a portable REAPER" in finding.advice for finding in failed(command))


def test_scripts_of_reapack(command: Command, resources: Path) -> None:
    copy = resources / "Scripts" / "takevoice" / "Items Editing"
    (copy / "api").mkdir(parents=True)
    (copy / "api" / "takevoice.lua").touch()
    (copy / "takevoice_convert.lua").touch()
    assert any("settings.lua is missing" in finding.detail for finding in failed(command))
    command("install", "reaper")
    list_actions(resources, copy)
    assert failed(command) == []
    assert found(command)[0].detail.endswith("the scripts are installed by ReaPack")


def test_extensions_are_optional_and_seen(command: Command, resources: Path, place: Path) -> None:
    assert "ReaImGui is not there (it would add " in found(command)[-1].detail
    sockets = resources / "Scripts" / "Mavriq ReaScript Repository" / "Various" / "Mavriq-Lua-Sockets" / "socket"
    sockets.mkdir(parents=True)
    (sockets / "core.so").touch()
    (resources / "UserPlugins").mkdir()
    for name in ("reaper_imgui-x86_64.so", "reaper_sws-x86_64.so"):
        (resources / "UserPlugins" / name).touch()
    assert found(command)[-1].detail == "optional: LuaSocket is there, ReaImGui is there, SWS is there"


def test_a_folder_that_cannot_be_read_is_told(
    command: Command, resources: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from takevoice.errors import StorageError

    def refused(*_: object, **__: object) -> None:
        raise StorageError("cannot be read: Permission denied", where="Scripts")

    monkeypatch.setattr(doctor_reaper, "compare", refused)
    (finding,) = failed(command)
    assert finding.detail == "Scripts: cannot be read: Permission denied"


def test_literals_are_read_as_they_are_written() -> None:
    from takevoice.cli.install.lua import quoted, unquoted

    for text in ("", "plain", 'a "b" \\c', "Jürgen 語", "1\n2\\065", "stray \udcff byte"):
        assert unquoted(quoted(text)) == text


def test_the_background_command_is_checked_too(
    command: Command, resources: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(target, "without_console", lambda python: python.with_name("pythonw.exe"))
    told = [finding.detail for finding in failed(command)]
    assert any("the command for the background (none), and not" in detail for detail in told)

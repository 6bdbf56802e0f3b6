"""What makes itself heard or seen: the program that plays, and the one that shows a notice. Stand-ins are real programs."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from takevoice.errors import StorageError
from takevoice.system import current, notice, player

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-ins are scripts")


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is the whole PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("TAKEVOICE_PLAYER", raising=False)
    return folder


def program(folder: Path, name: str, code: int = 0) -> Path:
    """A program that notes what it was started with."""
    notes, path = folder / f"{name}.json", folder / name
    names = ["TAKEVOICE_PLAYS", "TAKEVOICE_TITLE", "TAKEVOICE_TEXT"]
    path.write_text(
        f"#!{sys.executable} -S\nimport json, os, sys\n"
        f"json.dump([sys.argv[1:], {{k: os.environ[k] for k in {names} if k in os.environ}}], open({str(notes)!r}, 'w'))\nsys.exit({code})\n"
    )
    path.chmod(0o755)
    return notes


def on(monkeypatch: pytest.MonkeyPatch, system: str) -> None:
    monkeypatch.setattr(current, "name", lambda: system)


@pytest.mark.process
@pytest.mark.parametrize(("system", "name"), [("linux", "ffplay"), ("linux", "aplay"), ("macos", "afplay"), ("windows", "mpv")])
def test_a_file_is_played_by_what_is_there(programs: Path, monkeypatch: pytest.MonkeyPatch, system: str, name: str) -> None:
    on(monkeypatch, system)
    notes = program(programs, name)
    player.play(Path("/takes/-a b.wav"))
    assert json.loads(notes.read_text())[0][-1] == "/takes/-a b.wav"


@pytest.mark.process
def test_on_windows_the_system_plays_wavs_without_a_player(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on(monkeypatch, "windows")
    notes = program(programs, "powershell")
    player.play(Path("/takes/a'b.wav"))
    arguments, given = json.loads(notes.read_text())
    assert "a'b" not in " ".join(arguments)  # no name is ever part of a script
    assert given["TAKEVOICE_PLAYS"] == "/takes/a'b.wav"


@pytest.mark.process
def test_a_person_can_name_the_player(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notes = program(programs, "mine")
    monkeypatch.setenv("TAKEVOICE_PLAYER", "mine --quietly")
    player.play(Path("/takes/a.wav"))
    assert json.loads(notes.read_text())[0] == ["--quietly", "/takes/a.wav"]
    monkeypatch.setenv("TAKEVOICE_PLAYER", "other")
    with pytest.raises(StorageError, match="TAKEVOICE_PLAYER=other: there is no such program"):
        player.play(Path("/takes/a.wav"))
    program(programs, "mine", code=3)
    monkeypatch.setenv("TAKEVOICE_PLAYER", "mine")
    with pytest.raises(StorageError, match="mine could not play it"):
        player.play(Path("/takes/a.wav"))


def test_without_a_player_it_says_which_would_do(programs: Path) -> None:
    with pytest.raises(StorageError, match="there is no program here that plays sound; install one of mpv, ffplay"):
        player.play(Path("/takes/a.wav"))


@pytest.mark.process
@pytest.mark.parametrize(("system", "name"), [("linux", "notify-send"), ("macos", "osascript"), ("windows", "powershell")])
def test_a_notice_is_shown_by_the_desktop(programs: Path, monkeypatch: pytest.MonkeyPatch, system: str, name: str) -> None:
    on(monkeypatch, system)
    monkeypatch.setenv("DISPLAY", ":0")
    title, text = "takevoice", '-2 "need" you; $(rm)'
    assert not notice.notify(title, text)
    notes = program(programs, name)
    assert notice.notify(title, text)
    arguments, given = json.loads(notes.read_text())
    assert [*arguments[-2:]] == [title, text] if system != "windows" else given["TAKEVOICE_TEXT"] == text
    program(programs, name, code=1)
    assert not notice.notify(title, text)
    (programs / name).write_text("no program")
    assert not notice.notify(title, text)


def test_without_a_desktop_there_is_no_notice(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on(monkeypatch, "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    program(programs, "notify-send")
    assert not notice.can_notify()

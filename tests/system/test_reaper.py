"""Where REAPER is found: the user's folder, portable installations, and those that run."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest

from takevoice.system import reaper
from takevoice.system.reaper import is_resource_folder, is_running, resource_folders

PROCESSES, PLACES = reaper._processes, reaper._PLACES  # before tests hide what this machine has
PROGRAM = {"linux": "reaper", "macos": "REAPER.app/Contents/MacOS/REAPER", "windows": "reaper.exe"}


def portable(folder: Path, system: str = "linux", settings: str = "reaper.ini") -> Path:
    """Make a portable installation; returns its program."""
    program = folder / PROGRAM[system]
    program.parent.mkdir(parents=True)
    program.touch()
    (folder / settings).touch()
    return program


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Names the folders in which programs usually are."""

    def put(*folders: Path) -> None:
        monkeypatch.setattr(reaper, "_PLACES", dict.fromkeys(PLACES, lambda: iter(folders)))

    return put


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Lets programs run, each with its name, path and command line."""
    uid = getattr(__import__("os"), "getuid", lambda: None)()

    def put(*programs: tuple[str, str | None, Sequence[str] | None], user: int | None = uid) -> None:
        def listed(_fields: Sequence[str]) -> Iterator[Any]:
            uids = types.SimpleNamespace(real=user)
            for name, path, words in programs:
                yield types.SimpleNamespace(info={"name": name, "exe": path, "cmdline": words, "uids": uids})

        monkeypatch.setattr(reaper, "_processes", PROCESSES)
        monkeypatch.setattr(psutil, "process_iter", listed)

    return put


def test_without_reaper_nothing_is_found(places: Callable[..., None], tmp_path: Path) -> None:
    places(tmp_path, tmp_path / "missing")
    (tmp_path / "REAPER backup").mkdir()
    (tmp_path / "REAPER backup" / "reaper.ini").touch()  # a copy of the settings: there is no program
    (tmp_path / "reaper-7").mkdir()
    (tmp_path / "reaper-7" / "reaper").touch()  # no settings of its own: it uses the user's
    assert resource_folders() == []


@pytest.mark.parametrize(("system", "settings"), [("linux", "reaper.ini"), ("macos", "reaper.ini"), ("windows", "REAPER.ini")])
def test_portable_installations_are_found_where_programs_usually_are(
    on: Callable[[str], None], places: Callable[..., None], own_home: Path, tmp_path: Path, system: str, settings: str
) -> None:
    on(system)
    inside, top = tmp_path / "opt" / "REAPER (x64)", tmp_path / "STICK"
    portable(inside, system, settings)
    portable(top, system, settings)
    places(tmp_path / "opt", top, tmp_path / "opt")
    assert resource_folders() == [inside, top]


def test_several_are_found_each_once_and_the_users_first(
    places: Callable[..., None], run: Callable[..., None], own_home: Path, tmp_path: Path
) -> None:
    users = own_home / "config" / "REAPER"
    users.mkdir(parents=True)
    program = portable(tmp_path / "opt" / "reaper")
    (tmp_path / "link to reaper").symlink_to(program.parent)
    places(tmp_path, tmp_path / "opt")
    run(("reaper", str(program), [str(program)]))
    assert resource_folders() == [users, program.parent]


@pytest.mark.parametrize(("system", "name"), [("linux", "reaper"), ("macos", "REAPER"), ("windows", "reaper.exe")])
def test_one_that_runs_is_found_wherever_it_is(
    on: Callable[[str], None], run: Callable[..., None], tmp_path: Path, system: str, name: str
) -> None:
    on(system)
    program = portable(tmp_path / "Jürgen's Studio", system)
    run(("bash", "/bin/bash", ["bash"]), (name, str(program), None), (name, None, None))
    assert resource_folders() == [tmp_path / "Jürgen's Studio"]
    assert is_running()
    run(("bash", "/bin/bash", ["bash"]), ("reaperd", "/usr/bin/reaperd", []))
    assert not is_running()


def test_one_that_was_told_its_settings_is_found(run: Callable[..., None], tmp_path: Path) -> None:
    settings = tmp_path / "for tests" / "my.ini"
    settings.parent.mkdir()
    settings.touch()
    for words, found in (
        (["reaper", "-cfgfile", str(settings)], [settings.parent]),
        (["reaper", "-cfgfile", str(tmp_path / "missing.ini")], []),
        (["reaper", "-cfgfile", "my.ini"], []),  # relative to a folder that cannot be known
        (["reaper", "-cfgfile"], []),
    ):
        run(("reaper", "/usr/bin/reaper", words))
        assert resource_folders() == found


@pytest.mark.skipif(not hasattr(__import__("os"), "getuid"), reason="Windows shows no programs of others")
def test_another_users_reaper_is_not_touched(run: Callable[..., None], tmp_path: Path) -> None:
    program = portable(tmp_path / "REAPER")
    run(("reaper", str(program), []), user=12345)
    assert resource_folders() == []


def test_the_flatpak_has_a_folder_of_its_own(own_home: Path, on: Callable[[str], None]) -> None:
    folder = own_home / ".var" / "app" / "fm.reaper.Reaper" / "config" / "REAPER"
    folder.mkdir(parents=True)
    on("linux")
    assert resource_folders() == [folder]
    on("macos")
    assert resource_folders() == []


def test_a_drive_that_does_not_answer_is_passed_over(
    places: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    asked, ended = reaper.os.scandir, threading.Event()
    program = portable(tmp_path / "good" / "REAPER")

    def scandir(folder: Any) -> Any:
        if "dead" in str(folder):
            ended.wait(30)
        return asked(folder)

    monkeypatch.setattr(reaper, "ANSWER", 0.05)
    monkeypatch.setattr(reaper.os, "scandir", scandir)
    places(tmp_path / "dead", tmp_path / "good")
    try:
        assert resource_folders() == [program.parent]
    finally:
        ended.set()


def test_what_a_resource_folder_is(tmp_path: Path) -> None:
    assert not is_resource_folder(tmp_path)
    assert not is_resource_folder(tmp_path / "missing")
    (tmp_path / "Reaper.INI").touch()
    assert is_resource_folder(tmp_path)
    assert not is_resource_folder(tmp_path / "Reaper.INI")


@pytest.mark.parametrize("system", ["linux", "macos", "windows"])
def test_the_usual_places_can_be_listed_on_every_system(
    on: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, system: str, tmp_path: Path
) -> None:
    """This machine's own places, which must not be asked for more than their names."""
    on(system)
    monkeypatch.setenv("ProgramFiles", str(tmp_path / "Program Files"))
    parts = [("C:", "rw,fixed"), ("E:", "rw,removable"), ("Z:", "rw,remote"), ("D:", "cdrom")]
    monkeypatch.setattr(
        psutil,
        "disk_partitions",
        lambda **_: [types.SimpleNamespace(mountpoint=where, opts=opts) for where, opts in parts],
    )
    found = [str(place) for place in PLACES[system]()]
    expected = {"linux": {"/opt"}, "macos": {"/Applications"}, "windows": {str(tmp_path / "Program Files"), "C:", "E:"}}
    assert expected[system] <= set(found)
    assert not {"Z:", "D:"} & set(found)

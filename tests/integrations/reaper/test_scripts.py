"""The scripts as files: the calls they make, and what `takevoice install reaper` writes."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from integrations.modules import SHARED
from integrations.reaper.standin.signatures import BUILT_IN, SIGNATURES
from takevoice.cli import FAILED, OK, main
from takevoice.cli.install import reaper

ROOT = Path(__file__).parents[3]
SCRIPTS = ROOT / "integrations" / "reaper"
FILES = sorted(SCRIPTS.rglob("*.lua"))


OPTIONAL = re.compile(r"ImGui_\w+|CF_GetSWSVersion")
"""Calls of extensions, which the scripts use only where they are."""


def test_every_call_is_one_of_the_listing() -> None:
    called = {name for path in FILES for name in re.findall(r"\breaper\.(\w+)", path.read_text("utf-8"))} - {"md"}
    assert {name for name in called if not OPTIONAL.fullmatch(name)} <= {*SIGNATURES, *BUILT_IN}


def test_what_others_found_doubtful_is_used_in_one_module_each() -> None:
    """No audio is read by accessors but in the self-test; rendering, undoing and starting programs have a module each."""
    def users(call: str) -> list[str]:
        return [path.name for path in FILES if f"reaper.{call}" in path.read_text("utf-8")]

    assert users("GetAudioAccessorSamples") == ["selftest_checks.lua"]
    assert users("Undo_DoUndo2") == ["rendering.lua", "selftest_checks.lua"]
    assert users("ExecProcess") == ["command.lua"]
    assert [path.name for path in FILES if "coroutine" in path.read_text("utf-8")] == ["selftest_checks.lua"]


def test_every_action_finds_its_folder_in_the_way_that_the_installer_knows() -> None:
    for path in SCRIPTS.glob("*.lua"):
        assert path.read_bytes().count(reaper.ITS_FOLDER) == 1, path.name


def test_the_scripts_are_installed_with_the_absolute_path_of_the_command(
    own_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    resources = own_home / "config" / "REAPER"
    resources.mkdir(parents=True)
    assert main(["install", "reaper"]) == OK
    steps = capsys.readouterr().out
    place = resources / "Scripts" / "takevoice"
    for path in FILES:
        assert (place / path.relative_to(SCRIPTS)).read_bytes() == path.read_bytes()
    for path in SHARED:
        assert (place / "api" / path.name).read_bytes() == path.read_bytes()
    python, state = (str(path).replace("\\", "\\092") for path in (sys.executable, own_home / "state"))
    expected = f'return {{ state = "{state}", command = {{ "{python}", "-P", "-m", "takevoice" }} }}\n'
    assert (place / "settings.lua").read_text() == expected
    assert "Load ReaScript" in steps
    assert str(place) in steps
    assert main(["install", "reaper"]) == OK
    assert "written" not in capsys.readouterr().out


def test_a_missing_reaper_is_reported_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["install", "reaper"]) == FAILED
    assert "start REAPER once, or name its resource folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("platform", "place"),
    [
        ("win32", "roaming/REAPER"),
        ("darwin", "home/Library/Application Support/REAPER"),
        ("linux", "config/REAPER"),
    ],
)
def test_the_resource_folders_of_all_systems(
    platform: str, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    for name in ("HOME", "USERPROFILE"):  # Path.home() asks for the second one on Windows
        monkeypatch.setenv(name, str(tmp_path / "home"))
    for name, folder in {"APPDATA": "roaming", "XDG_CONFIG_HOME": "config"}.items():
        monkeypatch.setenv(name, str(tmp_path / folder))
    (tmp_path / place).mkdir(parents=True)
    (plan,) = reaper.plans([], tmp_path / "state", check=True, install=True)
    assert tmp_path / place / "Scripts" / "takevoice" / "settings.lua" in plan.files

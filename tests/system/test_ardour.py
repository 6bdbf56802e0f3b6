"""Whether an Ardour runs that uses a config folder: with a process of that name."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from support import wait_for
from takevoice.system import ardour, current

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(current.name() != "linux", reason="a copy of sleep under another name"),
]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """The home of a user who has an Ardour open."""
    home = tmp_path / "home"
    (home / ".config" / "ardour7").mkdir(parents=True)
    program = shutil.copy(shutil.which("sleep") or "sleep", tmp_path / "ardour-7.3.0")
    env = {name: value for name, value in os.environ.items() if name != "XDG_CONFIG_HOME"} | {"HOME": str(home)}
    process = subprocess.Popen([program, "60"], env=env)
    try:
        wait_for(lambda: psutil.Process(process.pid).name() == "ardour-7.3.0")
        yield home
    finally:
        process.kill()
        process.wait()


def test_the_one_of_that_folder_is_found(home: Path, tmp_path: Path) -> None:
    assert ardour.is_running(home / ".config" / "ardour7")
    assert not ardour.is_running(tmp_path / "another" / "ardour7")


def test_where_the_system_does_not_tell_it_may_be_that_one(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(current, "name", lambda: "macos")
    assert ardour.is_running(tmp_path / "another" / "ardour7")


def test_that_of_another_user_is_not_ours(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.getuid", lambda: 12345)
    assert not ardour.is_running(home / ".config" / "ardour7")

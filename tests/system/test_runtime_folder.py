"""The folder in which the user's takevoices tell each other what they do."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from takevoice.system import runtime_folder as module

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="rights of Unix")


def test_nobody_else_can_use_it(tmp_path: Path) -> None:
    folder = module._private(tmp_path / "mine")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert module._private(folder) == folder


def test_macos_has_one_for_each_user(monkeypatch: pytest.MonkeyPatch, on: Callable[[str], None], tmp_path: Path) -> None:
    on("macos")
    monkeypatch.setattr(os, "confstr", lambda number: f"{tmp_path}/" if number == 65537 else None)
    assert module.runtime_folder("takevoice") == tmp_path / "takevoice"


def test_on_windows_it_is_in_the_profile(monkeypatch: pytest.MonkeyPatch, on: Callable[[str], None], tmp_path: Path) -> None:
    on("windows")
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    assert module.runtime_folder("takevoice") == tmp_path / "takevoice"
    assert (tmp_path / "takevoice").is_dir()


def test_one_that_others_can_use_or_that_is_a_link_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.raises(PermissionError):
        module._private(folder)
    folder.chmod(0o700)
    link = tmp_path / "link"
    link.symlink_to(folder, target_is_directory=True)
    with pytest.raises(PermissionError):
        module._private(link)


def test_the_environment_does_not_decide_where_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = module.runtime_folder("takevoice")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert module.runtime_folder("takevoice") == before

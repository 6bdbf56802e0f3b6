"""The folder of states that is worked out without platformdirs is the one that platformdirs finds."""

from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest

from takevoice.system import current
from takevoice.system.state_home import plain_state_home


@pytest.mark.skipif(current.name() != "linux", reason="only there it is worked out")
@pytest.mark.parametrize("given", [None, "", "/somewhere/else", "/with a space/", "relative/place"])
def test_it_is_what_platformdirs_finds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, given: str | None) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    if given is not None:
        monkeypatch.setenv("XDG_STATE_HOME", given)
    found = plain_state_home()
    if found is not None:
        assert Path(found) == platformdirs.user_state_path()
    assert (found is None) == (given == "relative/place")


@pytest.mark.parametrize("home", [None, "not absolute"])
def test_odd_homes_are_left_to_platformdirs(monkeypatch: pytest.MonkeyPatch, home: str | None) -> None:
    monkeypatch.setattr(current, "name", lambda: "linux")
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.delenv("HOME", raising=False)
    if home is not None:
        monkeypatch.setenv("HOME", home)
    assert plain_state_home() is None


@pytest.mark.parametrize("name", ["macos", "windows"])
def test_other_systems_are_left_to_platformdirs(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(current, "name", lambda: name)
    assert plain_state_home() is None

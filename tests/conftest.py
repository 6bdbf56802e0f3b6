from __future__ import annotations

from pathlib import Path

import pytest

from support import Cli


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Each test has a home, a config dir and a state dir of its own, and no key."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.setenv("TAKEVOICE_STATE", str(home / "state"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.delenv("ELEVENLABS_API_KEY", raising=False)
    return home


@pytest.fixture
def cli(own_home: Path) -> Cli:
    """The command line, as a process."""
    return Cli(own_home)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An export folder."""
    path = tmp_path / "Exports"
    path.mkdir()
    return path

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.asking import Asking
from daemon.paid import Shop
from support import BACKENDS, FAST, Command


@pytest.fixture
def gate(gated: Command, tmp_path: Path) -> Path:
    """Conversions stand still until this file is there; `sent` beside it has a line for each conversion begun."""
    path = tmp_path / "gate"
    gated.config(
        f'backend = "gated"\n{FAST}\n[plugins.gated]\ngate = "{path}"\nsent = "{tmp_path / "sent"}"\n'
    )
    return path


@pytest.fixture
def shop(own_home: Path, tmp_path: Path) -> Shop:
    """A command line with a paid backend that answers at once; takes that are there before are held."""
    shop = Shop(own_home)
    shop.here = tmp_path
    shop.plugin(BACKENDS / "paid.py")
    shop.money()
    (tmp_path / "gate").touch()
    return shop


@pytest.fixture
def media(tmp_path: Path) -> Path:
    """The media folder of a project, which is not watched."""
    path = tmp_path / "Session" / "Media"
    path.mkdir(parents=True)
    return path


@pytest.fixture
def asking(command: Command) -> Asking:
    return Asking(command.state)

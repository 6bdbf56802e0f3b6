from __future__ import annotations

from pathlib import Path

import pytest

from daemon.paid import PAID, Shop
from support import FAST, GATED, Cli


@pytest.fixture
def gated(cli: Cli) -> Cli:
    """A command line whose backend turns the audio upside down, at half its level; `gate` options come from the test."""
    cli.plugin("gated", GATED)
    cli.config('backend = "gated"\n' + FAST)
    return cli


@pytest.fixture
def gate(gated: Cli, tmp_path: Path) -> Path:
    """Conversions stand still until this file is there; `sent` beside it has a line for each conversion begun."""
    path = tmp_path / "gate"
    gated.config(
        f'backend = "gated"\n{FAST}\n[plugins.gated]\ngate = "{path}"\nsent = "{tmp_path / "sent"}"\n'
    )
    return path


@pytest.fixture
def shop(own_home: Path, tmp_path: Path) -> Shop:
    """A command line with a paid backend that answers at once; takes that lie there before are held."""
    shop = Shop(own_home)
    shop.here = tmp_path
    shop.plugin("paid", PAID.format(here=str(tmp_path)))
    shop.money()
    (tmp_path / "gate").touch()
    return shop

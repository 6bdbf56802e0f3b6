from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from plugins.page.world import World, make_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """One watched folder, and nothing in it."""
    made = make_world(tmp_path)
    yield made
    made.close()

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from plugins.page.world import World, make_world

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """One watched folder, and nothing in it."""
    made = make_world(tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium. Playwright has an event loop that runs as long as it does, which tests of asyncio elsewhere could not bear."""
    pytest.importorskip("playwright")
    from plugins.page.browser import CHROMIUM, chromium

    if CHROMIUM is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    with chromium() as started:
        yield started

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from integrations.reaper.studio import Studio


@pytest.fixture
def open_studio(tmp_path: Path) -> Iterator[Callable[..., Studio]]:
    """Opens REAPER; at the end of the test, it is ended."""
    studios: list[Studio] = []

    def start(**options: Any) -> Studio:
        studios.append(Studio(tmp_path / f"studio {len(studios)}", **options))
        return studios[-1]

    yield start
    for studio in studios:
        studio.end()


@pytest.fixture(params=[7, 6], ids=["REAPER 7", "REAPER 6"])
def studio(request: pytest.FixtureRequest, open_studio: Callable[..., Studio]) -> Studio:
    return open_studio(version=request.param)

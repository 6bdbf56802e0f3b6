from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.line import Line


@pytest.fixture
def line(folder: Path, tmp_path: Path) -> Iterator[Line]:
    """The way of a take with a paid backend."""
    made = Line(folder, tmp_path / "state")
    yield made
    made.close()

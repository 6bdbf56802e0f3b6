"""The tiers of the bundled plugins' tests, for those that have no marker of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent
TIERS = {
    "server": "service",
    "page": "service",
    "local/test_processes.py": "process",
    "neural/test_process.py": "process",
    "neural/test_sound.py": "process",
    "local/test_engine.py": "quality",
    "local/test_f0.py": "quality",
    "local/test_parameters.py": "quality",
    "local/test_preset.py": "quality",
    "local/test_timing.py": "quality",
}
"""By folder or file: the servers, the engine's processes, and what is measured of its voices."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if not item.path.is_relative_to(HERE) or any(item.get_closest_marker(tier) for tier in TIERS.values()):
            continue
        path = item.path.relative_to(HERE)
        tier = TIERS.get(path.parts[0]) or TIERS.get(path.as_posix())
        if tier is not None:
            item.add_marker(tier)

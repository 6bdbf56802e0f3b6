from __future__ import annotations

from collections.abc import Callable

import pytest

from habits.kernel32 import Kernel32
from takevoice.system import current


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Takes the ways that are written for a system: linux, macos or windows."""
    return lambda name: monkeypatch.setattr(current, "name", lambda: name)


@pytest.fixture
def kernel32(monkeypatch: pytest.MonkeyPatch, on: Callable[[str], None]) -> Kernel32:
    """Windows, with one local disk."""
    on("windows")
    kernel = Kernel32()
    kernel.written.AGE = 0.0  # type: ignore[misc]
    monkeypatch.setattr(current, "kernel32", lambda: kernel)
    monkeypatch.setattr(current, "last_error", lambda: kernel.error)
    return kernel

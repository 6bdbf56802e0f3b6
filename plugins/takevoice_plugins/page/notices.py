"""Notices that the open pages show: a batch is done."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

KEPT = 20


class Notices:
    """Usable from several threads; only what comes while a page is open is for it."""

    def __init__(self) -> None:
        self._lock, self._count = threading.Lock(), 0
        self._newest: list[Mapping[str, Any]] = []

    @property
    def count(self) -> int:
        """How many notices there have been."""
        return self._count

    def add(self, notice: Mapping[str, Any]) -> None:
        """Add a notice, as JSON values."""
        with self._lock:
            self._count += 1
            self._newest = [*self._newest, notice][-KEPT:]

    def after(self, count: int) -> Sequence[Mapping[str, Any]]:
        """Return the notices after the first `count`."""
        with self._lock:
            new = min(self._count - count, len(self._newest))
            return self._newest[len(self._newest) - new :]

"""Watched folders whose file systems do not answer: their jobs wait, and hold up no others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path


class SilentRoots:
    """The silent folders now; used from several threads."""

    def __init__(self) -> None:
        self._roots: frozenset[Path] = frozenset()
        self._on_silent: list[Callable[[Path], None]] = []
        self._on_answers: list[Callable[[Path], None]] = []
        self._lock = threading.Lock()

    def subscribe(
        self, *, on_silent: Callable[[Path], None] | None = None, on_answers: Callable[[Path], None] | None = None
    ) -> None:
        """Call these with each folder that becomes silent, and with each that answers again."""
        self._on_silent += [on_silent] if on_silent else []
        self._on_answers += [on_answers] if on_answers else []

    def __iter__(self) -> Iterator[Path]:
        return iter(sorted(self._roots))

    def __bool__(self) -> bool:
        return bool(self._roots)

    def add(self, root: Path) -> None:
        """Note a folder that does not answer."""
        with self._lock:
            self._roots |= {root}
        for each in self._on_silent:
            each(root)

    def discard(self, root: Path) -> None:
        """Note a folder that answers again."""
        with self._lock:
            self._roots -= {root}
        for each in self._on_answers:
            each(root)

    def covers(self, path: Path) -> bool:
        """Return True for a path in a silent folder; the file system is not asked."""
        return bool(self._roots) and any(path.is_relative_to(root) for root in self._roots)

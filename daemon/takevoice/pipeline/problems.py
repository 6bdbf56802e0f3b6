"""What keeps the takes of a backend waiting at the moment, in words for people."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from enum import Enum


class Cause(Enum):
    """Who found the problem: each one reports its own beginning and end."""

    UNAVAILABLE = "unavailable"  # the circuit breaker
    BUSY = "busy"  # the pacing
    PAUSED = "paused"  # a person, for all backends


class Problems:
    """The problems of all backends; used by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._texts: dict[tuple[str, Cause], str] = {}
        self._on_changed: list[Callable[[Mapping[str, str]], None]] = []

    def subscribe(self, on_changed: Callable[[Mapping[str, str]], None]) -> None:
        """Call this with all problems, by backend, whenever one begins or ends."""
        self._on_changed.append(on_changed)

    def begin(self, backend: str, cause: Cause, text: str) -> None:
        """Note a problem; `text` says what it is and what takevoice does about it."""
        with self._lock:
            self._texts[backend, cause] = text
            self._publish()

    def end(self, backend: str, cause: Cause) -> None:
        """Note that a problem is over, if there was one."""
        with self._lock:
            if self._texts.pop((backend, cause), None) is not None:
                self._publish()

    def texts(self) -> Sequence[str]:
        """Return all problems."""
        with self._lock:
            return list(self._texts.values())

    def _publish(self) -> None:
        by_backend = {backend: text for (backend, _), text in self._texts.items()}
        for call in self._on_changed:
            call(by_backend)

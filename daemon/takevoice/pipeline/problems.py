"""What keeps the takes of a backend or of a watched folder waiting at the moment, in words for people."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from enum import Enum


class Cause(Enum):
    """Who found the problem: each one reports its own beginning and end."""

    UNAVAILABLE = "unavailable"  # the circuit breaker
    BUSY = "busy"  # the pacing
    PAUSED = "paused"  # a person, for all backends
    FOLDER = "folder"  # a watched folder that is away, or does not answer


class Problems:
    """The problems of all backends and watched folders; used by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._texts: dict[tuple[str, Cause], str] = {}
        self._on_changed: list[Callable[[Mapping[str, str]], None]] = []

    def subscribe(self, on_changed: Callable[[Mapping[str, str]], None]) -> None:
        """Call this with all problems, by backend or folder, whenever one begins or ends."""
        self._on_changed.append(on_changed)

    def begin(self, what: str, cause: Cause, text: str) -> None:
        """Note a problem of a backend or folder; `text` says what it is and what takevoice does about it."""
        with self._lock:
            self._texts[what, cause] = text
            self._publish()

    def end(self, what: str, cause: Cause) -> None:
        """Note that a problem is over, if there was one."""
        with self._lock:
            if self._texts.pop((what, cause), None) is not None:
                self._publish()

    def texts(self) -> Sequence[str]:
        """Return the problems of backends: they keep takes waiting wherever these are."""
        with self._lock:
            return [text for (_, cause), text in self._texts.items() if cause is not Cause.FOLDER]

    def _publish(self) -> None:
        texts = {what: text for (what, _), text in self._texts.items()}
        for call in self._on_changed:
            call(texts)

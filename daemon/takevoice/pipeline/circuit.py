"""Backends that take nothing for a while."""

from __future__ import annotations

import logging
import threading
import time

from takevoice.errors import BackendError

log = logging.getLogger("takevoice")

CLOSED_FOR = 60.0  # seconds for which a backend that refuses everything is left alone


class CircuitBreaker:
    """Backends that refuse everything until a person does something: no credits, a wrong key. Said once.

    Now and then one request tries whether the backend takes it again.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until: dict[str, float] = {}
        self._aside: dict[str, set[int]] = {}

    def close(self, backend: str, error: BackendError, job: int | None = None) -> None:
        """Nothing is sent to it for a while; `job` is the one that it refused."""
        with self._lock:
            if job is not None:
                self._aside.setdefault(backend, set()).add(job)
            told = backend in self._until
            self._until[backend] = time.monotonic() + CLOSED_FOR
        if not told:
            log.error(
                "%s takes nothing now: %s. The takes wait; it is tried again every %.0f s",
                backend,
                error,
                CLOSED_FOR,
            )

    def open(self, backend: str = "") -> None:
        """It took a request, or somebody says that it is well again; all of them, if none is named."""
        with self._lock:
            for name in [backend] if backend else list(self._until):
                if self._until.pop(name, None) is not None:
                    log.info("%s goes on", name)

    def aside(self) -> set[int]:
        """The jobs that were refused: others are tried before them."""
        with self._lock:
            return set().union(*self._aside.values())

    def taken(self, job: int) -> None:
        """It was not refused this time."""
        with self._lock:
            for jobs in self._aside.values():
                jobs.discard(job)

    def now(self) -> list[str]:
        """The backends that nothing is to be sent to now."""
        with self._lock:
            return [name for name, until in self._until.items() if time.monotonic() < until]

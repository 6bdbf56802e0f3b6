"""A circuit breaker for backends that reject everything until a person acts: out of credits, a wrong key."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

from takevoice.errors import BackendError, BackendPending
from takevoice.pipeline.problems import Cause, Problems

log = logging.getLogger("takevoice")

RETRY_AFTER = 60.0  # seconds
RETRY_PENDING = 5.0  # seconds, where a person may be about to answer


class CircuitBreaker:
    """Open: nothing is sent to a backend. After a while it is half open: one request tries. A success closes it."""

    def __init__(self, problems: Problems, clock: Callable[[], float] = time.monotonic) -> None:
        self._problems, self._clock = problems, clock
        self._lock = threading.Lock()
        self._open_until: dict[str, float] = {}
        self._tripped: dict[str, float] = {}  # when, last
        self._deferred: dict[str, set[int]] = {}

    def trip(self, backend: str, error: BackendError, job: int | None = None) -> None:
        """Open the circuit of a backend; `job` is the one that it rejected. Logged once."""
        with self._lock:
            if job is not None:
                self._deferred.setdefault(backend, set()).add(job)
            reported = backend in self._open_until
            pause = RETRY_PENDING if isinstance(error, BackendPending) else RETRY_AFTER
            self._tripped[backend] = self._clock()
            self._open_until[backend] = self._tripped[backend] + pause
        if not reported:
            text = f"{backend} is unavailable: {error}. Takes stay queued; retrying every {pause:.0f} s"
            log.error("%s", text)
            self._problems.begin(backend, Cause.UNAVAILABLE, text)

    def now(self) -> float:
        """Return the moment at which a request goes out, for `accepted`."""
        return self._clock()

    def accepted(self, backend: str, job: int, sent: float) -> None:
        """Note that a backend accepted a request. That closes its circuit, unless it has rejected another one since this one was sent."""
        with self._lock:
            is_older = sent < self._tripped.get(backend, sent)
        if not is_older:
            self.reset(backend)
        self.forget(job)

    def reset(self, backend: str = "") -> None:
        """Close the circuit of a backend, or of all: it is ready."""
        with self._lock:
            for name in [backend] if backend else list(self._open_until):
                if self._open_until.pop(name, None) is not None:
                    log.info("%s is available again", name)
                    self._problems.end(name, Cause.UNAVAILABLE)

    def open_backends(self) -> Sequence[str]:
        """Return the backends that nothing may be sent to now."""
        with self._lock:
            return [name for name, until in self._open_until.items() if self._clock() < until]

    def deferred_jobs(self) -> set[int]:
        """Return the jobs that were rejected: others are tried before them."""
        with self._lock:
            return set().union(*self._deferred.values())

    def forget(self, job: int) -> None:
        """Note that a job was not rejected this time."""
        with self._lock:
            for jobs in self._deferred.values():
                jobs.discard(job)

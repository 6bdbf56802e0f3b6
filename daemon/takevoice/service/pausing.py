"""Pausing and resuming conversions. A pause is kept in the ledger, so that it lasts until it is ended."""

from __future__ import annotations

import logging
import threading
import time

from takevoice.ledger import Ledger
from takevoice.pipeline.circuit import CircuitBreaker
from takevoice.pipeline.events import Events
from takevoice.pipeline.pacing import Pacing
from takevoice.pipeline.problems import Cause, Problems
from takevoice.service.worker_pool import WorkerPool

log = logging.getLogger("takevoice")

_RESUME = "`takevoice resume` starts them again"


class Pausing:
    """Switches the worker pool; usable from several threads."""

    def __init__(
        self,
        ledger: Ledger,
        events: Events,
        pool: WorkerPool,
        breaker: CircuitBreaker,
        pacing: Pacing,
        problems: Problems,
    ) -> None:
        self._ledger, self._events, self._pool, self._problems = ledger, events, pool, problems
        self._breaker, self._pacing = breaker, pacing
        self._lock = threading.Lock()
        self._ended = ledger.pause.ended()

    @property
    def is_paused(self) -> bool:
        """True while no conversions are started."""
        return self._pool.paused.is_set()

    def restore(self) -> None:
        """Continue a pause of an earlier run."""
        since = self._ledger.pause.since()
        if since is not None:
            self._pool.paused.set()
            self._explain(since)

    def follow(self) -> None:
        """Do what another process has decided. Raises LedgerError."""
        paused, ended = self._ledger.pause.since() is not None, self._ledger.pause.ended()
        if not self._switch(paused=paused) and not paused and ended != self._ended:
            self._try_now()
        self._ended = ended

    def pause(self) -> None:
        """Start no more conversions; those under way are finished."""
        self._ledger.pause.begin()
        self._switch(paused=True)

    def resume(self) -> None:
        """Start conversions again, and try at once what waits for a backend."""
        self._ledger.pause.end()
        if not self._switch(paused=False):
            self._try_now()

    def _switch(self, *, paused: bool) -> bool:
        """Return True when that changes something."""
        with self._lock:
            if self.is_paused == paused:
                return False
            (self._pool.paused.set if paused else self._pool.paused.clear)()
        if paused:
            self._explain(self._ledger.pause.since() or time.time())
        else:
            log.info("resumed")
            self._problems.end("", Cause.PAUSED)
            self._try_now()
        self._events.paused(paused)
        return True

    def _try_now(self) -> None:
        self._breaker.reset()
        self._pacing.try_now()
        self._pool.wake()

    def _explain(self, since: float) -> None:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(since))
        text = f"conversions are paused since {when}: takes stay queued; {_RESUME}"
        self._problems.begin("", Cause.PAUSED, text)
        log.warning("%s", text)

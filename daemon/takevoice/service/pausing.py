"""Pausing and resuming conversions. A pause is kept in the ledger, so that it lasts until it is ended."""

from __future__ import annotations

import logging
import time

from takevoice.ledger import Ledger
from takevoice.pipeline.circuit import CircuitBreaker
from takevoice.pipeline.events import Events
from takevoice.pipeline.pacing import Pacing
from takevoice.service.worker_pool import WorkerPool

log = logging.getLogger("takevoice")

_RESUME = "`takevoice osc /takevoice/resume` starts them again"


class Pausing:
    """Switches the worker pool; usable from several threads."""

    def __init__(
        self, ledger: Ledger, events: Events, pool: WorkerPool, breaker: CircuitBreaker, pacing: Pacing
    ) -> None:
        self._ledger, self._events, self._pool = ledger, events, pool
        self._breaker, self._pacing = breaker, pacing

    @property
    def is_paused(self) -> bool:
        """True while no conversions are started."""
        return self._pool.paused.is_set()

    def restore(self) -> None:
        """Continue a pause of an earlier run."""
        since = self._ledger.pause.since()
        if since is not None:
            self._pool.paused.set()
            when = time.strftime("%Y-%m-%d %H:%M", time.localtime(since))
            log.warning("conversions are paused since %s: takes stay queued; %s", when, _RESUME)

    def pause(self) -> None:
        """Start no more conversions; those under way are finished."""
        self._ledger.pause.begin()
        was = self.is_paused
        self._pool.paused.set()
        if not was:
            log.warning("paused by a client: takes stay queued; %s", _RESUME)
            self._events.paused(True)

    def resume(self) -> None:
        """Start conversions again, and try at once what waits for a backend."""
        self._ledger.pause.end()
        was = self.is_paused
        self._pool.paused.clear()
        self._breaker.reset()
        self._pacing.try_now()
        self._pool.wake()
        if was:
            log.info("resumed by a client")
            self._events.paused(False)

"""Carries out the outcome of a job that could not continue: stored, tidied up, published."""

from __future__ import annotations

import contextlib

from takevoice.errors import BackendError, LedgerError
from takevoice.jobs import Job, State
from takevoice.ledger import Ledger
from takevoice.pipeline.charges import Charges
from takevoice.pipeline.circuit import CircuitBreaker
from takevoice.pipeline.claims import Claims
from takevoice.pipeline.events import Events
from takevoice.pipeline.ledger_retry import LedgerRetry
from takevoice.pipeline.outcome import Facts, Outcome, decide
from takevoice.pipeline.workdir import WorkDir


class JobEnding:
    """Ends jobs, or puts them back into the queue."""

    def __init__(
        self,
        ledger: Ledger,
        events: Events,
        charges: Charges,
        work: WorkDir,
        breaker: CircuitBreaker,
        claims: Claims,
        retry_write: LedgerRetry,
        *,
        wait_when_unavailable: bool,
    ) -> None:
        self._ledger, self._events, self._charges, self._work = ledger, events, charges, work
        self._breaker, self._claims, self._retry_write = breaker, claims, retry_write
        self._wait_when_unavailable = wait_when_unavailable

    def end(self, job: Job, error: Exception, *, cancel_requested: bool) -> None:
        """Store what follows from the error, and publish it."""
        now = self._retry_write(lambda: self._store(job, error, cancel_requested))
        if now is not None:
            self._claims.conclude(now)
        if now is None or now.state is State.QUEUED:
            return
        keep = True  # answers are used again; of a cancelled job only those that were paid for
        with contextlib.suppress(LedgerError):
            keep = now.state is not State.CANCELLED or self._ledger.charges.has_sent(now.id)
        self._work.clear(now, keep_received=keep)
        self._events.changed(now)

    def _store(self, job: Job, error: Exception, cancel_requested: bool) -> Job:
        facts = Facts(
            unresolved=self._charges.unresolved(job),
            cancel_requested=cancel_requested or job.id in self._ledger.jobs.stop_requested(),
            wait_when_unavailable=self._wait_when_unavailable,
        )
        outcome = decide(job, error, facts)
        if outcome.trips_breaker and isinstance(error, BackendError):
            self._breaker.trip(job.backend, error, job.id)
        self._ledger.charges.release_reserved(job.id)
        return self._change(job, outcome)

    def _change(self, job: Job, outcome: Outcome) -> Job:
        if outcome.state is State.QUEUED:
            return self._ledger.jobs.change(job.id, State.QUEUED, detail=outcome.text, progress=0.0)
        return self._ledger.jobs.change(job.id, outcome.state, error_code=outcome.code, error=outcome.text)

"""Carries out the outcome of a job that could not continue: stored, tidied up, published."""

from __future__ import annotations

import contextlib

from takevoice.errors import (
    BackendError,
    LedgerError,
    NotWritable,
    SpendingLimitExceeded,
    TakevoiceError,
    UnknownVoice,
)
from takevoice.files import is_missing
from takevoice.holds import Hold, HoldReason
from takevoice.jobs import Job, State
from takevoice.ledger import Ledger
from takevoice.pipeline.answer_store import AnswerStore
from takevoice.pipeline.charges import Charges
from takevoice.pipeline.circuit import CircuitBreaker
from takevoice.pipeline.claims import Claims
from takevoice.pipeline.events import Events
from takevoice.pipeline.held_report import HeldReport, is_reported_together
from takevoice.pipeline.ledger_retry import LedgerRetry
from takevoice.pipeline.outcome import GONE, Facts, Outcome, decide
from takevoice.pipeline.planning import Planner
from takevoice.pipeline.renames import Renames
from takevoice.pipeline.workdir import WorkDir
from takevoice.voices import find_voice


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
        held: HeldReport,
        planner: Planner,
        *,
        wait_when_unavailable: bool,
    ) -> None:
        self._ledger, self._events, self._charges, self._work = ledger, events, charges, work
        self._breaker, self._claims, self._retry_write = breaker, claims, retry_write
        self._held, self._planner = held, planner
        self._wait_when_unavailable = wait_when_unavailable
        self._answers, self._renames = AnswerStore(work), Renames(ledger)

    def end(self, job: Job, error: Exception, *, cancel_requested: bool) -> None:
        """Store what follows from the error, and publish it."""
        kept = self._answers.keep(job.id)  # before the job moves on: others may be waiting for its answer
        moved = isinstance(error, UnknownVoice) and self._voice_moved(job)
        now = self._retry_write(lambda: self._store(job, error, cancel_requested, voice_moved=moved))
        if now is not None:
            self._claims.conclude(now)
        if now is None or now.state is State.QUEUED:
            return
        if now.state is not State.FOUND:
            self._work.clear(now, keep_received=not kept or self._needs_answers(now))
        if is_reported_together(now):
            rule = error.rule if isinstance(error, SpendingLimitExceeded | NotWritable) else str(error)
            self._held.add(now, Hold(HoldReason.of(now.error_code), rule))
        self._events.changed(now)

    def _needs_answers(self, job: Job) -> bool:
        """Return True unless the job was cancelled, and nothing that was sent for it is in doubt."""
        with contextlib.suppress(LedgerError):
            return job.state is not State.CANCELLED or bool(self._ledger.charges.unresolved(job.id))
        return True

    def _voice_moved(self, job: Job) -> bool:
        """Return True if the voice of a planned job has another id now, as when another account is behind a house."""
        try:
            found = find_voice(job.settings.voice, self._planner.voices(job.backend), job.backend)
        except TakevoiceError:
            return False
        return bool(job.voice_id) and found.id != job.voice_id

    def _store(self, job: Job, error: Exception, cancel_requested: bool, *, voice_moved: bool) -> Job:
        facts = Facts(
            unresolved=self._charges.unresolved(job),
            cancel_requested=cancel_requested or job.id in self._ledger.jobs.stop_requested(),
            file_gone=is_missing(job.path),
            voice_moved=voice_moved,
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
        if outcome.code == GONE:
            followed = self._renames.follow(job)
            return followed or self._ledger.job_files.cancel_without_file(job.id, outcome.code, outcome.text)
        if outcome.state is State.FOUND:
            return self._ledger.jobs.change(job.id, State.FOUND, detail=outcome.text, progress=0.0)
        return self._ledger.jobs.change(job.id, outcome.state, error_code=outcome.code, error=outcome.text)

"""Paid requests: reserved, sent and received, each stored first, so that none is lost or sent twice."""

from __future__ import annotations

import datetime
import math
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from takevoice.errors import BackendError, SpendingLimitExceeded
from takevoice.holds import HoldReason
from takevoice.jobs import Encoded, Job, State
from takevoice.ledger import Ledger
from takevoice.ledger.charges import PROMISED, Budget, Charge, Charged, Received, Request, Spent
from takevoice.pipeline.ledger_retry import LedgerRetry
from takevoice.pipeline.planning import Planner
from takevoice.pipeline.prices import credits_for
from takevoice.pipeline.workdir import WorkDir
from takevoice.settings import CurrentConfig, Money, answer_key
from takevoice.voices import Backend

if TYPE_CHECKING:
    from takevoice.audio import Segment

PERSON, REQUEST, FOLDER = "person", "request", "folder"
_FACTOR = {
    FOLDER: (1, "for takes from folders"),
    REQUEST: (2, "for requests"),
}
"""How much of the unattended limits each may use."""
_ROUNDING = 1e-6  # credits


class OutcomeUnknown(BackendError):
    """A request for this very audio was sent, and may have been billed."""

    code = HoldReason.OUTCOME_UNKNOWN.code
    billed = None


class Charges:
    """The paid requests of all jobs of one run."""

    def __init__(
        self,
        ledger: Ledger,
        config: CurrentConfig,
        planner: Planner,
        work: WorkDir,
        retry_write: LedgerRetry,
        run: str,
        *,
        attended: bool = False,
    ) -> None:
        """`run` names the run, for the limit on what it may spend. `attended`: a person waits for it at a terminal."""
        self.store, self.retry_write, self.run = ledger.charges, retry_write, run
        self._config, self._planner, self._work = config, planner, work
        self._attended = attended

    def unresolved(self, job: Job) -> int:
        """Return how many requests were sent and have no answer here; an answer that just came is recorded.

        Those that went to a backend under its promise, and would do so again, are forgotten: it has their answers.
        """
        unresolved = 0
        repeatable = self.store.sent_under_promise(job.id) if self._promises(job) else ()
        for request in self.store.unresolved(job.id):
            if (charged := self._work.charged(job, *request)) is not None:
                self.store.mark_received(job.id, Received(request, charged), ("sent",))
            elif request in repeatable:
                self.store.delete_unbilled(job.id, request.key, request.segment)
            else:
                unresolved += 1
        return unresolved

    def has_lost(self, job: Job) -> bool:
        """Return True when a job that is not in the ledger any more may have been billed for what this one needs."""
        return self._work.lost(job, answer_key(job))

    def of_job(self, job: Job) -> JobCharges | FreeOfCharge:
        """Return the charges of one job; a free backend has none."""
        backend = self._planner.backend_named(job.backend)
        if backend is None or not backend.paid:
            return FreeOfCharge()
        return JobCharges(self, job, backend.for_voices(job.voice_id))

    def check(self, job: Job, charges: Sequence[Charge]) -> None:
        """Raise SpendingLimitExceeded when the requests of a job would cost more than is allowed now."""
        spent = self.store.spent(self._budget(job))
        self._check(job, spent, sum(charge.credits for charge in charges))

    def reserve(self, job: Job, key: str, charges: Sequence[Charge], *, send: bool = False) -> None:
        """Reserve what the requests of a job will cost, and with `send` record that they go out now.

        Raises:
            SpendingLimitExceeded: it is more than is allowed.
        """

        def check(spent: Spent, wanted: float) -> None:
            self._check(job, spent, wanted)

        self.store.reserve(job.id, key, charges, self._budget(job), check, send=send)

    def run_of(self, job: Job) -> str:
        """Return the name of the run, as the requests of a job carry it; one under a backend's promise says so."""
        return self.run + PROMISED if self._promises(job) else self.run

    def _promises(self, job: Job) -> bool:
        backend = self._planner.backend_named(job.backend)
        return backend is not None and backend.idempotent

    def _budget(self, job: Job) -> Budget:
        wanted_by = PERSON if self._attended else wanted_by_of(job)
        return Budget(day_began(), self.run_of(job), job.track, wanted_by, time.time())

    def _check(self, job: Job, spent: Spent, wanted: float) -> None:
        if not job.options.approves(HoldReason.CAP):
            wanted_by = PERSON if self._attended else wanted_by_of(job)
            check_limits(self._config.settings.money, spent, wanted, job, wanted_by)


class FreeOfCharge:
    """The charges of a job that costs nothing: none is stored."""

    is_paid = False
    unrecorded: Sequence[Received] = ()

    def reserve(self, segments: Sequence[Segment], sample_rate: int) -> None:
        """Do nothing."""

    def sending(self, segment: Segment) -> None:
        """Do nothing."""

    def received(self, segment: Segment, charged: Charged) -> None:
        """Do nothing."""

    def failed(self, segment: Segment, error: Exception, *, unsent: bool) -> bool:  # noqa: ARG002
        """Return False: nothing was billed."""
        return False


class JobCharges:
    """The paid requests of one job for one answer.

    A request that is the only one needs no writes of its own: it is reserved as it is sent, and its answer is recorded as
    the job continues. A crash in between leaves what recovery knows: an answer on disk is received, whatever the ledger says.
    """

    is_paid = True

    def __init__(self, charges: Charges, job: Job, backend: Backend) -> None:
        self._only: Charge | None = None
        self.unrecorded: list[Received] = []
        """Requests whose answers are on disk; what is written next for the job records them."""
        self._charges, self._job, self._backend, self._key = charges, job, backend, answer_key(job)
        self._store = charges.store

    def reserve(self, segments: Sequence[Segment], sample_rate: int) -> None:
        """Reserve what the segments cost, before any is sent.

        Raises:
            SpendingLimitExceeded: it would cost more than the config allows; a person can release the job.
            OutcomeUnknown: this audio was sent before, and only a person may have it sent again.
        """
        if not segments:
            return
        self._check_unresolved()
        lengths = [(segment.name, segment.frames / sample_rate) for segment in segments]
        charges = [Charge(name, seconds, credits_for(self._backend, seconds)) for name, seconds in lengths]
        if len(charges) == 1:
            self._charges.check(self._job, charges)
            self._only = charges[0]
        else:
            self._charges.reserve(self._job, self._key, charges)

    def _check_unresolved(self) -> None:
        job = self._job
        if self._charges.unresolved(job):
            raise OutcomeUnknown("was sent before", where=str(job.path))
        if not _may_send_again(job):
            if self._charges.has_lost(job):
                raise OutcomeUnknown("its audio was sent before, by a job that is not in the ledger", where=str(job.path))
            twin = self._store.unresolved_twin(job.audio_hash, self._key)
            if twin is not None:
                number, state = twin
                what = "is held" if state is State.HELD else "was dropped, or cancelled before its answer came"
                raise OutcomeUnknown(f"its audio was sent before, as job {number}, which {what}", where=str(job.path))

    def sending(self, segment: Segment) -> None:
        """Record that the request goes out now: from here on it may be billed."""
        if self._only is not None:
            self._charges.reserve(self._job, self._key, [self._only], send=True)
        else:
            self._store.mark_sent(self._job.id, self._request(segment), self._charges.run_of(self._job))

    def received(self, segment: Segment, charged: Charged) -> None:
        """Record that the complete answer is on disk, and its bill."""
        received = Received(self._request(segment), charged)
        if self._only is not None:
            self.unrecorded.append(received)
        else:
            self._charges.retry_write(lambda: self._store.mark_received(self._job.id, received))

    def _request(self, segment: Segment) -> Request:
        return Request(self._key, segment.name)

    def failed(self, segment: Segment, error: Exception, *, unsent: bool) -> bool:
        """Forget a failed request that is known to have cost nothing, or was never sent; returns True for any other."""
        if unsent or (isinstance(error, BackendError) and error.billed is False):
            self._store.delete_unbilled(self._job.id, self._key, segment.name)
            return False
        return True


def _may_send_again(job: Job) -> bool:
    """Return True when a person wants the take sent whatever became of an earlier request: a retry, or the release of a
    job held for just that. A new request, or the release of a job held for something else, does not say so."""
    retried = job.attempt > 1 and not job.options.approvals
    return retried or job.options.approves(HoldReason.OUTCOME_UNKNOWN)


def wanted_by_of(job: Job) -> str:
    """Return who wants a job converted: a person who released it, a request, or none of them: it appeared in a folder.

    A request need not come from a person: a script may send one for each file of a disk.
    """
    if job.options.approvals:
        return PERSON
    return REQUEST if job.is_requested else FOLDER


def check_limits(money: Money, spent: Spent, wanted: float, job: Job, wanted_by: str = PERSON) -> None:
    """Raise SpendingLimitExceeded when `wanted` credits exceed what a limit leaves. Pure."""
    limits = [
        ("per_day", money.per_day, spent.day, "today"),
        ("per_run", money.per_run, spent.run, "in this run"),
        ("per_track", money.per_track, spent.track, f"today for {job.track}"),
    ]
    if wanted_by in _FACTOR:
        factor, whose = _FACTOR[wanted_by]
        limits += [
            ("unattended_per_hour", factor * money.unattended_per_hour, spent.hour_alike, f"in an hour {whose}"),
            ("unattended_per_day", factor * money.unattended_per_day, spent.day_alike, f"in 24 hours {whose}"),
        ]
    for name, limit, used, span in limits:
        if limit is not None and wanted and used + wanted > limit + _ROUNDING:
            raise SpendingLimitExceeded(
                f"would cost {wanted:,.0f} credits, and {used:,.0f} of the {limit:,.0f} allowed {span} are used ([money] {name})",
                rule=f"more than the {limit:,.0f} credits allowed {span} (`{name}` in [money])",
                where=str(job.path),
            )


def charged_for(encoded: Encoded) -> Charged:
    """Return what a backend reports about the cost of its answer; a number that cannot be one counts as not reported."""
    credits_, saved = encoded.credits, encoded.saved
    return Charged(credits_ if credits_ is not None and 0 <= credits_ < math.inf else None, saved if 0 <= saved < math.inf else 0.0)


def may_be_billed(error: Exception) -> bool:
    """Return True when a request may have been billed, and the error does not say."""
    return isinstance(error, BackendError) and error.billed is None


def day_began() -> float:
    """Return the Unix time of the last midnight, local time."""
    return datetime.datetime.combine(datetime.date.today(), datetime.time()).timestamp()

"""What conversions cost, and the notes that keep a paid request from being lost or sent twice."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from takevoice.audio import Segment
from takevoice.errors import BackendError, SpendingLimitExceeded
from takevoice.jobs import Job
from takevoice.ledger.account import Caps, Charge
from takevoice.pipeline.services import Services
from takevoice.voices import Backend


def credits_for(backend: Backend, seconds: float) -> float:
    """What converting that much audio costs; 0 where conversions are free."""
    return backend.credits_per_minute * seconds / 60 if backend.paid else 0.0


def lanes_of(settings: Mapping[str, Any], channels: int) -> int:
    """How many times a take's duration is sent, at most: channels that only repeat another are not."""
    return channels if settings["channels"] == "each" else 1


class OutcomeUnknown(BackendError):
    """A request for this very audio was sent, and nobody knows whether it was billed."""

    code = "outcome_unknown"
    billed = None


def unresolved_requests(context: Services, job: Job) -> int:
    """How many requests were sent, and have no answer here; those whose answer just came are noted."""
    lost = 0
    for key, piece in context.ledger.in_doubt(job.id):
        if context.work.has(job, key, piece):
            context.ledger.account.note(job.id, key, piece, ("sent",), "received")
        else:
            lost += 1
    return lost


class JobCharges:
    """The paid requests of a job for one request key. Of free ones nothing is noted."""

    def __init__(self, context: Services, job: Job, key: str) -> None:
        self._account, self._caps = context.ledger.account, caps_of(context)
        self._context, self._job, self._key = context, job, key
        self._backend = context.backend(job.backend)
        self.paid = self._backend is not None and self._backend.paid

    def reserve(self, pieces: Sequence[Segment], sample_rate: int) -> None:
        """Reserves what the pieces cost, before any is sent.

        Raises:
            SpendingLimitExceeded: it is more than the config allows; a person can release the job.
        """
        if not self.paid or not pieces:
            return
        assert self._backend is not None
        self._check_doubt()
        lengths = [(piece.name, piece.frames / sample_rate) for piece in pieces]
        charges = [Charge(name, seconds, credits_for(self._backend, seconds)) for name, seconds in lengths]
        job = self._job
        try:
            self._account.reserve(
                job.id,
                job.track,
                self._key,
                charges,
                self._caps,
                allowed=SpendingLimitExceeded.code in job.settings.get("released", ()),
            )
        except SpendingLimitExceeded as error:
            raise SpendingLimitExceeded(
                error.what,
                where=str(job.path),
                hint=f"`takevoice release {job.id}` converts it all the same, `takevoice drop {job.id}` leaves it",
            ) from None

    def _check_doubt(self) -> None:
        """Raises OutcomeUnknown for a request that only a person may send again."""
        job = self._job
        if unresolved_requests(self._context, job):
            raise OutcomeUnknown("was sent before", where=str(job.path))
        if job.origin == "folder" and job.attempt == 1:
            twin = self._context.ledger.held_in_doubt(job.audio_hash, job.settings_hash)
            if twin is not None:
                raise OutcomeUnknown(
                    f"its audio was sent before, as job {twin}, which is held", where=str(job.path)
                )

    def sending(self, piece: Segment) -> None:
        """The request goes out now: from here on it may be billed."""
        if self.paid:
            self._account.send(self._job.id, self._key, piece.name, self._caps.run)

    def received(self, piece: Segment) -> None:
        """The whole answer is on disk."""
        states = ("sent", "reserved")
        if self.paid:
            self._context.stored(
                lambda: self._account.note(self._job.id, self._key, piece.name, states, "received")
            )

    def failed(self, piece: Segment, error: Exception) -> None:
        """The request failed; where it surely cost nothing, it is as if it had not been."""
        if self.paid and isinstance(error, BackendError) and error.billed is False:
            self._account.not_billed(self._job.id, self._key, piece.name)


def in_doubt(error: Exception) -> bool:
    """True when a request may have been billed, and nobody knows."""
    return isinstance(error, BackendError) and error.billed is None


def what_to_do(job: Job) -> str:
    """The ways out for a job whose request may have been billed."""
    return f"`takevoice release {job.id}` sends it again, `takevoice drop {job.id}` leaves it"


def caps_of(context: Services) -> Caps:
    """What the config allows to be spent."""
    money = context.loaded.settings.money
    return Caps(money.per_day, money.per_run, money.per_track, day_began(), context.run)


def day_began() -> float:
    """The Unix time of the last midnight, local time."""
    return datetime.datetime.combine(datetime.date.today(), datetime.time()).timestamp()

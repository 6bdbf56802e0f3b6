"""What conversions cost, and the notes that keep a paid request from being lost or sent twice."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from takevoice.audio import Piece
from takevoice.errors import BackendError, OverCap, TakevoiceError
from takevoice.jobs import Job
from takevoice.ledger.account import Caps, Charge
from takevoice.voices import Backend
from takevoice.worker.context import Context


def credits_for(backend: Backend, seconds: float) -> float:
    """What converting that much audio costs; 0 where conversions are free."""
    return backend.credits_per_minute * seconds / 60 if backend.paid else 0.0


class Bill:
    """The paid requests of a job for one request key. Of free ones nothing is noted."""

    def __init__(self, context: Context, job: Job, key: str) -> None:
        self._account, self._caps = context.ledger.account, caps_of(context)
        self._job, self._key = job, key
        self._backend = context.backend(job.backend)
        self.paid = self._backend is not None and self._backend.paid

    def reserve(self, pieces: Sequence[Piece], sample_rate: int) -> None:
        """Reserves what the pieces cost, before any is sent.

        Raises:
            OverCap: it is more than the config allows; a person can release the job.
        """
        if not self.paid or not pieces:
            return
        assert self._backend is not None
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
                allowed=OverCap.code in job.settings.get("released", ()),
            )
        except OverCap as error:
            raise OverCap(
                error.what,
                where=str(job.path),
                hint=f"`takevoice release {job.id}` converts it all the same, `takevoice drop {job.id}` leaves it",
            ) from None

    def sending(self, piece: Piece) -> None:
        """The request goes out now: from here on it may be billed."""
        if self.paid:
            self._account.note(self._job.id, self._key, piece.name, ("reserved",), "sent")

    def received(self, piece: Piece) -> None:
        """The whole answer is on disk."""
        if self.paid:
            self._account.note(self._job.id, self._key, piece.name, ("sent", "reserved"), "received")

    def failed(self, piece: Piece, error: Exception) -> None:
        """The request failed; where it surely cost nothing, it is as if it had not been."""
        if self.paid and isinstance(error, BackendError) and error.billed is False:
            self._account.not_billed(self._job.id, self._key, piece.name)


def in_doubt(error: TakevoiceError) -> bool:
    """True when a request may have been billed, and nobody knows."""
    return isinstance(error, BackendError) and error.billed is None


def what_to_do(job: Job) -> str:
    """The ways out for a job whose request may have been billed."""
    return f"`takevoice release {job.id}` sends it again, `takevoice drop {job.id}` leaves it"


def caps_of(context: Context) -> Caps:
    """What the config allows to be spent."""
    money = context.loaded.settings.money
    return Caps(money.per_day, money.per_run, money.per_track, day_began(), context.run)


def day_began() -> float:
    """The Unix time of the last midnight, local time."""
    return datetime.datetime.combine(datetime.date.today(), datetime.time()).timestamp()

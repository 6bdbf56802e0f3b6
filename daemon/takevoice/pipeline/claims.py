"""When a take in a shared folder is claimed, so that one machine converts it and one pays for it.

Two files of a take (`claim_files`) settle that. `.claim` says who converts it; it is made before a take is begun, its owner
changes it every few seconds, and others take it over when it has not changed for long. `.sent` is made before anything
is sent that costs money, and is removed when the result is published or it is known that nothing was billed. Only whoever has
made it sends: however long a machine is suspended between two steps, and whoever has taken over its claim meanwhile, no other one
can have made it. So it is never taken over without a person.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from takevoice import claim_files
from takevoice.claim_files import Note, Seen
from takevoice.errors import ClaimedElsewhere, MaybePaidElsewhere, StorageError, printable
from takevoice.files import storage_error
from takevoice.holds import HoldReason
from takevoice.jobs import Job, State
from takevoice.ledger import Ledger
from takevoice.pipeline.claim_owner import ClaimOwner, Spot
from takevoice.pipeline.claim_waits import ClaimWaits
from takevoice.pipeline.claim_watch import ClaimWatch, Sign
from takevoice.pipeline.own_claims import OwnClaim, OwnClaims
from takevoice.pipeline.shares import Shares
from takevoice.system import place

log = logging.getLogger("takevoice")

TRIES = 4  # others may make and remove the same file meanwhile
UNKNOWN = Seen(b"", None)


class Claims:
    """The claims of this takevoice, and its answer to those of others; used from several threads."""

    def __init__(
        self,
        ledger: Ledger,
        shares: Shares,
        owner: ClaimOwner,
        watch: ClaimWatch,
        waits: ClaimWaits,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` returns seconds of a steady clock."""
        self._ledger, self._shares, self._owner = ledger, shares, owner
        self._watch, self._clock = watch, clock
        self._warned: set[Path] = set()
        self.waits, self.own = waits, OwnClaims(ledger, owner)

    def begin(self, job: Job) -> None:
        """Claim a take before it is begun; does nothing where no other machine works.

        Raises:
            ClaimedElsewhere: another machine converts it; the job waits (see `waits`).
            MaybePaidElsewhere: another machine may have paid for it, and is not running; a person decides.
            StorageError: the folder cannot be read or written now.
        """
        if not self._shares.covers(job.path):
            return
        spot = Spot.of(job)
        with _storage_errors(spot.folder):
            sent = self._check_sent(job, spot)
            note = self._owner.note(job)
            self._owner.record(spot, job.id)
            try:
                other = self._make_claim(spot, note)
            except OSError:
                self._owner.forget(spot)
                if self._can_write(job.path.parent):
                    raise
                return  # and no result can be written either
        if other is not None:
            if not sent:
                self._owner.forget(spot)
            raise self._waiting(job, spot, other)
        self.own.add(job, spot, note, sent=sent)

    def before_sending(self, job: Job, *, paid: bool) -> bool:
        """Make sure that no other machine sends this take; returns True if that is so from now on.

        To be called directly before each request. What the other machine had published before is to be looked for when
        True is returned.

        Raises:
            ClaimedElsewhere: the claim was taken over meanwhile; the job waits.
            StorageError: the folder cannot be read or written now.
        """
        if self.own.of(job) is None:
            self.begin(job)  # since the take was begun, another takevoice may have come to its folder
        mine = self.own.of(job)
        if mine is None:
            return False
        with mine.changing, _storage_errors(mine.spot.folder):
            other = self._changed_owner(mine.spot.claim)
            if other is None and paid:
                before = claim_files.read(mine.spot.sent)
                if before is None or not before.is_of(self._owner.id):
                    other = self._make_sent(job, mine)
                    if other is None:
                        mine.sent = True
                        return True
                mine.sent = mine.sent or other is None
            if other is not None:
                self.own.lose(mine)
                raise self._waiting(job, mine.spot, other)
        return False

    def claim_in_hand(self, owner: str, is_paid: Callable[[Job], bool]) -> None:
        """Claim what was begun without a claim, or may be paid for: another takevoice has come to the folder. Raises LedgerError.

        `owner`: whose jobs this process works on.
        """
        in_hand = (State.CONVERTING, State.RESTORING)
        for job in self._ledger.jobs.select((*in_hand, State.QUEUED, State.HELD), owner=owner):
            is_open = self._ledger.charges.has_open(job.id)
            if self.own.of(job) is not None or not (job.state in in_hand or is_open):
                continue
            with contextlib.suppress(ClaimedElsewhere, MaybePaidElsewhere, StorageError):
                self.begin(job)
                self.before_sending(job, paid=is_open or is_paid(job))
            self.own.conclude(self._ledger.jobs.get(job.id))

    def conclude(self, job: Job) -> None:
        """Give a claim back, or keep it, as the job's state says: after each change of it. Raises LedgerError."""
        self._watch_held(job)
        self.own.conclude(job)

    def adopt(self, owner: str, is_alive: Callable[[str], bool], is_silent: Callable[[Path], bool]) -> None:
        """Look after what earlier runs have claimed, as their jobs are now. Raises LedgerError.

        `owner`: whose jobs this process works on. Folders for which `is_silent` is true are left for another call.
        """
        self.own.adopt(owner, is_alive, is_silent)
        for job in self._ledger.jobs.select((State.HELD,), owner=owner):
            self._watch_held(job)

    def _watch_held(self, job: Job) -> None:
        """Look whether the other machine settles what a job is held for."""
        if job.state is State.HELD and job.error_code == HoldReason.ELSEWHERE.code:
            self.waits.add(job, Spot.of(job), held=True)

    def _check_sent(self, job: Job, spot: Spot) -> bool:
        """Return True if this takevoice has made the file that allows to send; raises if another one has."""
        sign, seen = self._watch.look(spot.sent, self._clock())
        if seen is None or seen.is_of(self._owner.id):
            return seen is not None
        if sign not in (Sign.STALE, Sign.HELD):
            raise self._waiting(job, spot, seen)
        if _is_wanted_here(job):
            return False
        raise MaybePaidElsewhere(f"{seen.host} may have sent and paid for it", where=str(job.path))

    def _changed_owner(self, path: Path) -> Seen | None:
        """Return what is there now instead of a file of this takevoice; None if that is still there. Raises OSError."""
        seen = claim_files.read(path)
        return None if seen is not None and seen.is_of(self._owner.id) else seen or UNKNOWN

    def _make_claim(self, spot: Spot, note: Note) -> Seen | None:
        """Make the claim; returns the one that is there instead. Raises OSError."""
        seen = None
        for _ in range(TRIES):
            if claim_files.create(spot.claim, note):
                return None
            sign, seen = self._watch.look(spot.claim, self._clock())
            if seen is None:
                continue
            if seen.is_of(note.owner):
                if claim_files.rewrite(spot.claim, note):
                    return None
            elif sign is not Sign.STALE or not claim_files.displace(spot.claim, seen, note.owner):
                break
            else:
                log.info("%s: %s began it and is not running; it is begun here", printable(note.take), seen.host)
        return seen or UNKNOWN

    def _make_sent(self, job: Job, mine: OwnClaim) -> Seen | None:
        """Make the file that allows to send; returns the one that is there instead. Raises OSError."""
        spot, seen = mine.spot, None
        for _ in range(TRIES):
            if claim_files.create(spot.sent, mine.note):
                return None
            sign, seen = self._watch.look(spot.sent, self._clock())
            allowed = sign in (Sign.STALE, Sign.HELD) and _is_wanted_here(job)
            if seen is not None and not (allowed and claim_files.displace(spot.sent, seen, mine.note.owner)):
                break
        return seen or UNKNOWN

    def _waiting(self, job: Job, spot: Spot, seen: Seen) -> ClaimedElsewhere:
        """Let a job wait, and return the error that says so."""
        self.waits.tell(job, seen.host)
        self.waits.add(job, spot)
        return ClaimedElsewhere(f"{seen.host} converts it", where=str(job.path))

    def _can_write(self, folder: Path) -> bool:
        """Return True if the folder can be written at all; says once that it cannot."""
        with contextlib.suppress(OSError):
            place.try_create(folder)
            return True
        if folder not in self._warned:
            self._warned.add(folder)
            log.warning("%s cannot be written: its takes are converted without a claim, by each machine", printable(folder))
        return False


def _is_wanted_here(job: Job) -> bool:
    """Return True when a person wants the take sent from here, although another machine may have paid for it: a retry, or the
    release of a job held for just that."""
    retried = job.attempt > 1 and not job.options.approvals
    return retried or job.options.approves(HoldReason.ELSEWHERE)


@contextlib.contextmanager
def _storage_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise storage_error("cannot be written", folder, error) from error

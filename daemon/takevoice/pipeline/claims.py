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
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from takevoice import claim_files
from takevoice.claim_files import HELD, Note, Seen
from takevoice.errors import ClaimedElsewhere, MaybePaidElsewhere, UnknownJob, printable
from takevoice.files import storage_error
from takevoice.holds import HoldReason
from takevoice.jobs import Job, State
from takevoice.ledger import Ledger
from takevoice.pipeline.claim_owner import ClaimOwner, Spot
from takevoice.pipeline.claim_waits import ClaimWaits, root_of
from takevoice.pipeline.claim_watch import ClaimWatch, Sign
from takevoice.pipeline.shares import Shares
from takevoice.system import place

log = logging.getLogger("takevoice")

TRIES = 4  # others may make and remove the same file meanwhile


@dataclass
class _Mine:
    """A claim of this takevoice."""

    job_id: int
    spot: Spot
    root: Path
    note: Note
    sent: bool = False  # the file that allows to send is there, or may be
    over: Job | None = None  # the job as it ended, while the share does not let the claim be removed
    changing: threading.Lock = field(default_factory=threading.Lock)


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
        self._ledger, self._shares, self._owner = ledger, shares, owner
        self._watch, self.waits, self._clock = watch, waits, clock
        self._mine: dict[int, _Mine] = {}
        self._folders: set[tuple[Path, Path]] = set()  # (watched folder, folder of claims) that may be empty
        self._warned: set[Path] = set()
        self._lock = threading.Lock()
        self._on_claimed: list[Callable[[Path], None]] = []

    def subscribe(self, on_claimed: Callable[[Path], None]) -> None:
        """Call this with the watched folder of each take that is claimed: its claim has to be renewed."""
        self._on_claimed.append(on_claimed)

    # For the way of a take.

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
                other = self._take(spot, note)
            except OSError:
                self._owner.forget(spot)
                if self._can_write(job.path.parent):
                    raise
                return  # and no result can be written either
        if other is not None:
            if not sent:
                self._owner.forget(spot)
            raise self._waiting(job, spot, other)
        root = root_of(job)
        with self._lock:
            self._mine[job.id] = _Mine(job.id, spot, root, note, sent)
            self._folders.add((root, spot.folder))
        for call in self._on_claimed:
            call(root)

    def before_sending(self, job: Job, *, paid: bool) -> bool:
        """Make sure that no other machine sends this take; returns True if that is so from now on.

        To be called directly before each request. What the other machine had published before is to be looked for when
        True is returned.

        Raises:
            ClaimedElsewhere: the claim was taken over meanwhile; the job waits.
            StorageError: the folder cannot be read or written now.
        """
        mine = self._of(job)
        if mine is None:
            return False
        with mine.changing, _storage_errors(mine.spot.folder):
            seen = claim_files.read(mine.spot.claim)
            if seen is None or not seen.is_of(self._owner.id):
                self._lose(mine)
                raise self._waiting(job, mine.spot, seen)
            if not paid:
                return False
            before = claim_files.read(mine.spot.sent)
            if before is not None and before.is_of(self._owner.id):
                mine.sent = True
                return False
            other = self._make_sent(job, mine)
            if other is not None:
                self._lose(mine)
                raise self._waiting(job, mine.spot, other)
            mine.sent = True
            return True

    def conclude(self, job: Job) -> None:
        """Give a claim back, or keep it, as the job's state says: after each change of it. Raises LedgerError."""
        if job.state is State.HELD and job.error_code == HoldReason.ELSEWHERE.code:
            self.waits.add(job, Spot.of(job), held=True)
        mine = self._of(job)
        if mine is None or job.state in (State.CONVERTING, State.RESTORING):
            return
        is_open = job.state is not State.DONE and self._ledger.charges.has_open(job.id)
        if is_open and job.state in (State.QUEUED, State.FOUND):
            return  # part of it is paid for here
        try:
            self._give_back(mine, job, is_open=is_open)
        except OSError as error:
            log.debug("%s: the claim cannot be given back now: %s", job.path, error)
            mine.over = job

    def release(self, job: Job) -> None:
        """Give the claim of a job back that has sent nothing, and is withdrawn."""
        mine = self._of(job)
        if mine is not None:
            try:
                self._give_back(mine, job, is_open=False)
            except OSError:
                mine.over = job

    # For whoever looks after claims: all of one watched folder, in a thread of its own.

    def has_any(self, root: Path) -> bool:
        """Return True while a claim has to be renewed, or one of others to be looked at."""
        with self._lock:
            mine = any(each.root == root for each in self._mine.values())
        return mine or self.waits.has_any(root)

    def renew(self, root: Path) -> None:
        """Change the files of this takevoice, so that others see that it is running."""
        with self._lock:
            ours = [each for each in self._mine.values() if each.root == root]
        for mine in ours:
            try:
                if mine.over is not None:
                    self.conclude(mine.over)
                else:
                    self._renew(mine)
            except OSError as error:
                log.debug("%s: the claim cannot be renewed now: %s", mine.spot.folder, error)

    def tidy(self, root: Path) -> None:
        """Remove the folders of claims in which there are none."""
        with self._lock:
            folders = {folder for each, folder in self._folders if each == root}
            used = {each.spot.folder for each in self._mine.values()}
            self._folders = {pair for pair in self._folders if pair[0] != root or pair[1] in used}
        for folder in folders - used:
            claim_files.remove_folder(folder)

    def adopt(self, owner: str, is_alive: Callable[[str], bool], is_silent: Callable[[Path], bool]) -> None:
        """Look after what earlier runs have claimed, as their jobs are now. Raises LedgerError.

        `owner`: whose jobs this process works on. Folders for which `is_silent` is true are left for another call.
        """
        for spot, job_id in self._owner.recorded():
            if is_silent(spot.folder) or job_id in self._mine:
                continue
            job = self._job_of(spot, job_id)
            if job is not None and job.owner != owner and is_alive(job.owner):
                continue
            with contextlib.suppress(OSError):
                self._adopt(spot, job)
        for job in self._ledger.jobs.select((State.HELD,), owner=owner):
            if job.error_code == HoldReason.ELSEWHERE.code:
                self.waits.add(job, Spot.of(job), held=True)

    # Steps.

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

    def _take(self, spot: Spot, note: Note) -> Seen | None:
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
            elif sign is not Sign.STALE or not claim_files.displace(spot.claim, seen):
                break
            else:
                log.info("%s: %s began it and is not running; it is begun here", printable(note.take), seen.host)
        return seen or Seen(b"", None)

    def _make_sent(self, job: Job, mine: _Mine) -> Seen | None:
        """Make the file that allows to send; returns the one that is there instead. Raises OSError."""
        spot, seen = mine.spot, None
        for _ in range(TRIES):
            if claim_files.create(spot.sent, mine.note):
                return None
            sign, seen = self._watch.look(spot.sent, self._clock())
            allowed = sign in (Sign.STALE, Sign.HELD) and _is_wanted_here(job)
            if seen is not None and not (allowed and claim_files.displace(spot.sent, seen)):
                break
        return seen or Seen(b"", None)

    def _give_back(self, mine: _Mine, job: Job, *, is_open: bool) -> None:
        """Remove the files of a claim; one that may be paid for stays, and says that it is held here."""
        owner = self._owner.id
        with mine.changing:
            if is_open:
                claim_files.rewrite(mine.spot.sent, replace(mine.note, state=HELD))
            else:
                claim_files.remove(mine.spot.sent, owner)
            claim_files.remove(mine.spot.claim, owner)
            with self._lock:
                self._mine.pop(job.id, None)
        if not is_open or job.state is not State.HELD:
            self._owner.forget(mine.spot)

    def _renew(self, mine: _Mine) -> None:
        with mine.changing:
            if mine.job_id not in self._mine:
                return
            mine.note = replace(mine.note, beat=mine.note.beat + 1)
            claim_files.rewrite(mine.spot.claim, mine.note)
            if mine.sent:
                claim_files.rewrite(mine.spot.sent, mine.note)

    def _adopt(self, spot: Spot, job: Job | None) -> None:
        sent = claim_files.read(spot.sent)
        if job is None:
            # The ledger is another one: what was sent stays marked, as it may be paid for.
            claim_files.remove(spot.claim, self._owner.id)
            self._owner.forget(spot)
            return
        is_mine = sent is not None and sent.is_of(self._owner.id)
        mine = _Mine(job.id, spot, root_of(job), self._owner.note(job), is_mine)
        with self._lock:
            self._mine[job.id] = mine
            self._folders.add((mine.root, spot.folder))
        self.conclude(job)
        for call in self._on_claimed:
            call(mine.root)

    def _job_of(self, spot: Spot, job_id: int) -> Job | None:
        with contextlib.suppress(UnknownJob):
            job = self._ledger.jobs.get(job_id)
            return job if Spot.of(job) == spot else None
        return None

    def _waiting(self, job: Job, spot: Spot, seen: Seen | None) -> ClaimedElsewhere:
        """Let a job wait, and return the error that says so."""
        host = seen.host if seen is not None else "another machine"
        self.waits.tell(job, host)
        self.waits.add(job, spot)
        return ClaimedElsewhere(f"{host} converts it", where=str(job.path))

    def _lose(self, mine: _Mine) -> None:
        with self._lock:
            self._mine.pop(mine.job_id, None)
        if not mine.sent:
            self._owner.forget(mine.spot)

    def _of(self, job: Job) -> _Mine | None:
        with self._lock:
            return self._mine.get(job.id)

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

"""Which new takes wait for a word before they cost money: too many at once, or from before the folder was watched."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

from takevoice.errors import printable
from takevoice.jobs import FileVersion, Job
from takevoice.pipeline.charges import credits_for, lanes_of
from takevoice.pipeline.services import MANY, Services
from takevoice.settings import Money

log = logging.getLogger("takevoice")

SPAN = 60.0  # seconds within which takes count as coming at once


class BurstDetector:
    """Knows which jobs came with too many others at once. Times are seconds of any steady clock."""

    def __init__(self) -> None:
        self._recent: deque[tuple[float, int, Sequence[int]]] = deque()
        self._many: set[int] = set()

    def note(self, now: float, jobs: Sequence[int], limit: int) -> None:
        """New jobs; more than `limit` of them within the span are too many, the first ones as well."""
        self._recent.append((now, len(jobs), jobs))
        while now - self._recent[0][0] > SPAN:
            self._recent.popleft()
        if sum(count for _, count, _ in self._recent) > limit:
            self._many.update(job for _, _, ids in self._recent for job in ids)
            self._recent = deque((at, count, ()) for at, count, _ in self._recent)

    def takes(self, job: int) -> bool:
        """True for one of too many."""
        return job in self._many

    def forget(self, job: int) -> None:
        """It is dealt with."""
        self._many.discard(job)


class HoldPolicy:
    """Decides which takes of watched folders are held, and says so in one line for all of them."""

    def __init__(self, context: Services, *, asked_for: bool) -> None:
        """`asked_for`: a person wants what is in the folders now (`--once`)."""
        self._context, self._asked_for = context, asked_for
        self._burst = BurstDetector()
        self._suspect: set[Path] = set()
        self._held: dict[Path, list[Job]] = {}
        self._lock = threading.Lock()

    def found(self, jobs: Sequence[Job]) -> None:
        """New jobs, all at once."""
        if self._asked_for:
            return
        with self._lock:
            self._burst.note(time.monotonic(), [job.id for job in jobs], self._money.many)

    def root_seen(self, root: Path, device: int, seen: Mapping[Path, FileVersion]) -> None:
        """A folder is looked into for the first time, or is another one than before (a share that is not mounted?)."""
        ledger = self._context.ledger
        before = ledger.root(root)
        if before is None:
            ledger.remember_root(root, device, 0.0 if self._asked_for else time.time())
            return
        moved = before[0] != device and ledger.knows_below(root) and not ledger.knows_some(seen.items(), MANY)
        with self._lock:
            (self._suspect.add if moved else self._suspect.discard)(root)
        if moved:
            log.warning(
                "%s is on another device than before, and holds nothing that is known: is its share mounted? Nothing in it is started",
                printable(root),
            )
        else:
            ledger.remember_root(root, device, before[1])
            if not seen and ledger.knows_below(root):
                log.warning("%s is empty now, and was not before: is its share mounted?", printable(root))

    def reason(self, job: Job, *, paid: bool) -> str:
        """Why a new take is held; empty when it is not."""
        with self._lock:
            many, suspect = self._burst.takes(job.id), job.root in self._suspect
        if suspect:
            return "the folder is on another device than before"
        if not paid:
            return ""
        if many:
            return f"more than {self._money.many} takes came at once"
        if self._money.first_look and job.root is not None and self._is_older(job.path, job.root):
            return "there before the folder was watched"
        return ""

    def held(self, job: Job) -> None:
        """A job that is held for a reason given here."""
        with self._lock:
            self._burst.forget(job.id)
            self._held.setdefault(job.root or job.path.parent, []).append(job)

    def announce(self) -> None:
        """One line for each folder with newly held jobs; to be called in a quiet moment."""
        with self._lock:
            held, self._held = self._held, {}
        for root, jobs in held.items():
            log.warning("%s", self._line(root, jobs))

    def _line(self, root: Path, jobs: Sequence[Job]) -> str:
        seconds = sum(job.seconds for job in jobs)
        sent = sum(job.seconds * lanes_of(job.settings, job.channels) for job in jobs)
        backend = self._context.backend(jobs[0].backend)
        credits_ = credits_for(backend, sent) if backend else 0.0
        cost = f", about {credits_:,.0f} credits" if credits_ else ""
        why = jobs[0].error.removeprefix(f"{printable(jobs[0].path)}: ").partition(";")[0]
        place = printable(root)
        return f'{amount(len(jobs), seconds)}{cost}, held: {why}; `takevoice release "{place}"` converts them, `takevoice drop "{place}"` leaves them'

    def _is_older(self, path: Path, root: Path) -> bool:
        known = self._context.ledger.root(root)
        try:
            status = path.stat()
        except OSError:
            return False
        # A copy or a move keeps the first and changes the second.
        return known is not None and max(status.st_mtime, status.st_ctime) < known[1]

    @property
    def _money(self) -> Money:
        return self._context.loaded.settings.money


def amount(files: int, seconds: float) -> str:
    """Such as "312 files, 41 minutes"."""
    many = "1 file" if files == 1 else f"{files} files"
    return f"{many}, {seconds / 60:.0f} minutes" if seconds >= 120 else f"{many}, {seconds:.0f} seconds"


def why_held(job: Job, reason: str) -> str:
    """The job's error."""
    return f"{printable(job.path)}: {reason}; `takevoice release {job.id}` converts it, `takevoice drop {job.id}` leaves it"

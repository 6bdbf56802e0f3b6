"""Which new takes wait for a person before they cost money: too many at once, or older than the watch."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from takevoice import audio
from takevoice.errors import printable
from takevoice.holds import Hold, HoldReason
from takevoice.jobs import Job
from takevoice.ledger import Ledger
from takevoice.pipeline.first_look import FirstLooks
from takevoice.pipeline.planning import Draft, Planner, credits_for, sent_seconds
from takevoice.settings import CurrentConfig, Money, watch_root
from takevoice.system.fileid import FileVersion

log = logging.getLogger("takevoice")

SPAN = 60.0  # seconds within which takes count as arriving at once


class BurstDetector:
    """Knows which jobs arrived with too many others at once. Times are seconds of any steady clock."""

    def __init__(self) -> None:
        self._recent: deque[tuple[float, int, Sequence[int]]] = deque()
        self._in_burst: set[int] = set()

    def add(self, now: float, jobs: Sequence[int], limit: int) -> None:
        """Add new jobs; more than `limit` of them within the span are a burst, the first ones included."""
        self._recent.append((now, len(jobs), jobs))
        while now - self._recent[0][0] > SPAN:
            self._recent.popleft()
        if sum(count for _, count, _ in self._recent) > limit:
            self._in_burst.update(job for _, _, ids in self._recent for job in ids)
            self._recent = deque((at, count, ()) for at, count, _ in self._recent)

    def __contains__(self, job: int) -> bool:
        return job in self._in_burst

    def forget(self, job: int) -> None:
        """Forget a job that has been dealt with."""
        self._in_burst.discard(job)


class HoldPolicy:
    """Decides which takes of watched folders are held, and reports them in one line a folder and reason."""

    def __init__(
        self,
        ledger: Ledger,
        config: CurrentConfig,
        planner: Planner,
        *,
        asked_for: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`asked_for`: a person wants everything that is in the folders now (`--once`)."""
        self._ledger, self._config, self._planner = ledger, config, planner
        self._asked_for, self._clock = asked_for, clock
        self._bursts = BurstDetector()
        self._first_looks = FirstLooks(ledger, self._added_suffixes, asked_for=asked_for)
        self._unreported: dict[tuple[Path, HoldReason], list[tuple[Job, Hold]]] = {}
        self._lock = threading.Lock()

    def on_found(self, jobs: Sequence[Job]) -> None:
        """Note jobs that were found at the same time."""
        if self._asked_for:
            return
        with self._lock:
            self._bursts.add(self._clock(), [job.id for job in jobs], self._money.many)

    def on_root_seen(self, root: Path, volume: str, seen: Mapping[str, FileVersion]) -> None:
        """Note a folder that is watched for the first time, or is another one than before (a share that is not mounted?)."""
        self._first_looks.on_root_seen(root, volume, seen)

    def hold_for(self, job: Job, plan: Draft) -> Hold | None:
        """Return why a new take is held; None when it is not. `job` does not know its plan yet."""
        with self._lock:
            in_burst = job.id in self._bursts
        old = self._first_looks.hold_for(job.root, job.path) if job.root is not None else None
        if old is not None and old.reason is HoldReason.DEVICE:
            return old
        if self._asked_for or not plan.backend.paid:
            return None
        if in_burst:
            return Hold(HoldReason.BURST, f"more than {self._money.many} takes arrived at once")
        return old if self._money.first_look else None

    def on_held(self, job: Job, hold: Hold) -> None:
        """Note a job that is held; `report` names it together with others."""
        with self._lock:
            self._bursts.forget(job.id)
            key = (job.root or job.path.parent, hold.reason)
            self._unreported.setdefault(key, []).append((job, hold))

    def report(self) -> None:
        """Log one line for each folder and reason with newly held jobs; to be called in a quiet moment."""
        with self._lock:
            groups, self._unreported = self._unreported, {}
        for (root, _), held in groups.items():
            log.warning("%s", self._line(root, [job for job, _ in held], held[0][1]))

    def _line(self, root: Path, jobs: Sequence[Job], hold: Hold) -> str:
        seconds = sum(job.seconds for job in jobs)
        sent = (sent_seconds(job.settings, job.seconds, job.channels) for job in jobs)
        backend = self._planner.backend_named(jobs[0].backend)
        least, most = (credits_for(backend, sum(each)) if backend else 0.0 for each in zip(*sent, strict=True))
        range_ = f"{least:,.0f} to {most:,.0f}" if round(least) < round(most) else f"{most:,.0f}"
        cost = f", about {range_} credits" if most else ""
        place, them = printable(root), "them" if len(jobs) > 1 else "it"
        return (
            f"{amount(len(jobs), seconds)}{cost}, held: {hold.what}; "
            f'`takevoice release "{place}"` converts {them}, `takevoice drop "{place}"` leaves {them} unconverted'
        )

    def _added_suffixes(self, root: Path) -> frozenset[str]:
        """Return the suffixes of takes in a folder that older versions, or takevoice without ffmpeg, did not take."""
        loaded = self._config.loaded
        tables = [each for each in loaded.settings.watch if watch_root(each, loaded.path) == root]
        return audio.added_suffixes(videos=any(each.videos for each in tables))

    @property
    def _money(self) -> Money:
        return self._config.settings.money


def amount(files: int, seconds: float) -> str:
    """Return a count and a duration, such as "312 files, 41 minutes"."""
    count = "1 file" if files == 1 else f"{files} files"
    return f"{count}, {seconds / 60:.0f} minutes" if seconds >= 120 else f"{count}, {seconds:.0f} seconds"

"""Which new takes wait for a person: too many at once, where they cost money, or older than the watch."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from takevoice import audio
from takevoice.holds import Hold, HoldReason
from takevoice.jobs import Job, State
from takevoice.ledger import Ledger
from takevoice.pipeline.first_look import FirstLooks
from takevoice.pipeline.held_report import HeldReport
from takevoice.pipeline.planning import Draft, Planner
from takevoice.settings import CurrentConfig, Money, count_of, watch_root
from takevoice.system.fileid import FileVersion

SPAN = 60.0  # seconds within which takes count as arriving at once


class BurstDetector:
    """Knows which jobs arrived with too many others at once. Times are seconds of any steady clock."""

    def __init__(self) -> None:
        self._recent: deque[tuple[float, int, Sequence[int]]] = deque()
        self._in_burst: set[int] = set()

    def add(self, now: float, jobs: Sequence[int], limit: int, count: int | None = None) -> None:
        """Add new jobs; more than `limit` of them within the span are a burst, the first ones included.

        `count`: as how many they count; None: each as one.
        """
        self._recent.append((now, len(jobs) if count is None else count, jobs))
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
    """Decides which takes of watched folders are held; `held` reports them."""

    def __init__(
        self,
        ledger: Ledger,
        config: CurrentConfig,
        planner: Planner,
        *,
        asked_for: bool,
        existing_too: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`asked_for`: a person wants everything that is in the folders now (`--once`). `existing_too`: also what was there
        before they were watched (`--existing`), and what comes later as usual."""
        self._config, self._planner = config, planner
        self.asked_for, self._existing_too, self._clock = asked_for, existing_too, clock
        self.held = HeldReport(planner, clock, lambda jobs: _still_held(ledger, jobs))
        self._bursts = BurstDetector()
        self._first_looks = FirstLooks(ledger, self._added_suffixes, asked_for=asked_for)
        self._lock = threading.Lock()

    def on_found(self, jobs: Sequence[Job]) -> None:
        """Note jobs that were found at the same time."""
        if self.asked_for:
            return
        # Takes that were there before are held as such; a new one does not wait because of them.
        new = [job for job in jobs if not (self._money.first_look and self._first_looks.has_just_seen(job.path))]
        # Candidates count, too: each is paid for.
        count = sum(count_of(self._planner.settings_by_name(job.path).settings) for job in new)
        with self._lock:
            self._bursts.add(self._clock(), [job.id for job in new], self._money.many, count)

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
        if self.asked_for:
            return None
        if old is not None and self._money.first_look:
            return old
        if in_burst and plan.backend.paid:
            return Hold(HoldReason.BURST, f"more than {self._money.many} takes arrived at once (`many` in [money])")
        return None

    def is_approved(self, hold: Hold) -> bool:
        """Return True when a person has said beforehand that takes held for this reason are converted."""
        return self._existing_too and hold.reason is HoldReason.OLDER

    def on_held(self, job: Job, hold: Hold) -> None:
        """Note a job that is held; `held` reports it together with others."""
        with self._lock:
            self._bursts.forget(job.id)
        self.held.add(job, hold)

    def _added_suffixes(self, root: Path) -> frozenset[str]:
        """Return the suffixes of takes in a folder that older versions, or takevoice without ffmpeg, did not take."""
        loaded = self._config.loaded
        tables = [each for each in loaded.settings.watch if watch_root(each, loaded.path) == root]
        return audio.added_suffixes(videos=any(each.videos for each in tables))

    @property
    def _money(self) -> Money:
        return self._config.settings.money


def _still_held(ledger: Ledger, jobs: Sequence[Job]) -> Sequence[Job]:
    """Return the jobs that are held now."""
    held = {job.id for job in ledger.jobs.select((State.HELD,))}
    return [job for job in jobs if job.id in held]

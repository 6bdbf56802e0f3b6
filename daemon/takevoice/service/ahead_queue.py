"""The takes in their quiet time that something can be done for: when no settled take is waiting, and a worker is free."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass

from takevoice.jobs import Job
from takevoice.pipeline.ahead import WorkAhead
from takevoice.pipeline.segments import Stop
from takevoice.service.silent_roots import SilentRoots


@dataclass
class _InHand:
    """A job that is worked on."""

    settled: bool = False  # so it is no longer work that can wait
    in_vain: bool = False


class AheadQueue:
    """Filled by the threads that watch, worked off by those that convert."""

    def __init__(self, work: WorkAhead, stopping: threading.Event, silent: SilentRoots) -> None:
        self._work, self._stopping, self._silent = work, stopping, silent
        self._waiting: dict[int, Job] = {}
        self._in_hand: dict[int, _InHand] = {}
        self._on_offered: list[Callable[[], None]] = []
        self._may_begin: Callable[[], bool] = lambda: True
        self._lock = threading.Lock()

    def subscribe(self, on_offered: Callable[[], None]) -> None:
        """Call this when there is something that can be done."""
        self._on_offered.append(on_offered)

    def begin_only_when(self, may_begin: Callable[[], bool]) -> None:
        """Begin nothing while this returns False: settled takes are on their way to the workers."""
        self._may_begin = may_begin

    # For those who know about the files.

    def offer(self, job: Job) -> None:
        """Add a job whose file is likely to be finished, in `job.version`."""
        with self._lock:
            self._waiting[job.id] = job
        self.look_again()

    def look_again(self) -> None:
        """Tell the workers if there is something that can be done."""
        if self._waiting:
            for call in self._on_offered:
                call()

    def settled(self, job_id: int) -> None:
        """Note that a file has settled: what is not begun has its turn now anyway."""
        with self._lock:
            self._waiting.pop(job_id, None)
            if job_id in self._in_hand:
                self._in_hand[job_id].settled = True

    def withdraw(self, job_id: int) -> None:
        """Discard what was done for a job: its file has changed, or it is not converted."""
        with self._lock:
            self._waiting.pop(job_id, None)
            if job_id in self._in_hand:
                self._in_hand[job_id].in_vain = True  # whoever works on it discards it
                return
        self._work.discard(job_id)

    # For those who convert.

    def claimed(self, job_id: int) -> None:
        """Note that the job's own conversion begins."""
        self._work.claimed(job_id)

    def in_hand(self) -> Collection[int]:
        """Return the jobs that are worked on: none of them can be claimed now."""
        with self._lock:
            return set(self._in_hand)

    def take(self) -> Job | None:
        """Return a job to `do`; None when there is none, or settled takes come first."""
        if not self._waiting or not self._may_begin():
            return None
        with self._lock:
            ready = (job for job in self._waiting.values() if not self._silent.covers(job.path))
            job = next(ready, None)
            if job is not None:
                del self._waiting[job.id]
                self._in_hand[job.id] = _InHand()
            return job

    def do(self, job: Job, is_needed: Callable[[], bool]) -> None:
        """Do what can be done for a job that was taken, or put it back when the worker `is_needed` for a settled one."""
        now, done = self._in_hand[job.id], True

        def is_over() -> bool:
            return now.in_vain or self._stopping.is_set() or (not now.settled and is_needed())

        try:
            done = self._work.run(job, Stop(before_next=is_over, while_waiting=is_over))
        finally:
            with self._lock:
                del self._in_hand[job.id]
                if not (done or now.in_vain or now.settled):
                    self._waiting[job.id] = job
            if now.in_vain:
                self._work.discard(job.id)

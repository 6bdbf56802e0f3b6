"""Jobs that were stopped by a share that does not answer: each is tried again after a pause, for as long as it takes."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from takevoice.errors import NoAnswer, printable
from takevoice.jobs import Job

log = logging.getLogger("takevoice")

FIRST, MOST = 1.0, 30.0  # seconds until the next try: twice as many after each one


@dataclass
class _Pause:
    until: float
    seconds: float


class Unreachable:
    """The folders that did not answer, and their jobs; used from several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._pauses: dict[Path, _Pause] = {}
        self._jobs: dict[int, Path] = {}
        self._lock = threading.Lock()

    def add(self, job: Job, error: NoAnswer) -> None:
        """Let a job wait; said once for its folder."""
        folder, now = job.root or job.path.parent, self._clock()
        with self._lock:
            self._jobs[job.id] = folder
            pause = self._pauses.get(folder)
            new = pause is None or now > pause.until + 2 * MOST  # whatever waited then has been cancelled
            if pause is None or new:
                self._pauses[folder] = _Pause(now + FIRST, FIRST)
            elif now >= pause.until:
                pause.seconds = min(2 * pause.seconds, MOST)
                pause.until = now + pause.seconds
        if new:
            log.warning("%s: its share does not answer (%s); its takes wait", printable(folder), error.what)

    def answered(self, job: Job) -> None:
        """Note that a job got past the point at which it was stopped."""
        if job.id not in self._jobs:
            return
        with self._lock:
            folder = self._jobs.pop(job.id, None)
            if folder is not None and self._pauses.pop(folder, None) is not None:
                log.info("%s: its share answers again", printable(folder))

    def jobs(self) -> set[int]:
        """Return the jobs that are not tried now."""
        now = self._clock()
        with self._lock:
            return {job for job, folder in self._jobs.items() if folder in self._pauses and now < self._pauses[folder].until}

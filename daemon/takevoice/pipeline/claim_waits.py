"""Jobs that wait for another machine, without a worker: they are queued, or held, until its claim says something else."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from takevoice.errors import printable
from takevoice.jobs import Job
from takevoice.pipeline.claim_owner import Spot
from takevoice.pipeline.claim_watch import ClaimWatch, Sign

log = logging.getLogger("takevoice")


@dataclass(frozen=True)
class _Wait:
    spot: Spot
    root: Path
    held: bool


class ClaimWaits:
    """Knows the jobs that wait for others' claims, and looks at these claims; used from several threads."""

    def __init__(self, watch: ClaimWatch, clock: Callable[[], float] = time.monotonic) -> None:
        self._watch, self._clock = watch, clock
        self._waits: dict[int, _Wait] = {}
        self._told: set[int] = set()
        self._lock = threading.Lock()
        self._on_added: list[Callable[[Path], None]] = []
        self._on_ready: list[Callable[[], None]] = []
        self._on_lifted: list[Callable[[int], None]] = []

    def subscribe(
        self,
        *,
        on_added: Callable[[Path], None] | None = None,
        on_ready: Callable[[], None] | None = None,
        on_lifted: Callable[[int], None] | None = None,
    ) -> None:
        """Call these with the folder of a job that begins to wait; when one may be tried again; with a held job whose reason is gone."""
        self._on_added += [on_added] if on_added else []
        self._on_ready += [on_ready] if on_ready else []
        self._on_lifted += [on_lifted] if on_lifted else []

    def tell(self, job: Job, host: str) -> None:
        """Log once for each job whom it waits for."""
        if job.id not in self._told:
            self._told.add(job.id)
            log.info("%s: %s converts it; its result is waited for (job %d)", printable(job.path.name), host, job.id)

    def add(self, job: Job, spot: Spot, *, held: bool = False) -> None:
        """Let a job wait for the claim at `spot`; `held`: it is held because of that claim."""
        root = root_of(job)
        with self._lock:
            self._waits[job.id] = _Wait(spot, root, held)
        for call in self._on_added:
            call(root)

    def forget(self, job_id: int) -> None:
        """Let a job wait no longer."""
        with self._lock:
            self._waits.pop(job_id, None)

    def jobs(self) -> set[int]:
        """Return the queued jobs that wait."""
        with self._lock:
            return {job for job, wait in self._waits.items() if not wait.held}

    def has_any(self, root: Path) -> bool:
        """Return True while a job of that folder waits."""
        with self._lock:
            return any(wait.root == root for wait in self._waits.values())

    def look(self, root: Path) -> None:
        """Look at the claims that jobs of one folder wait for."""
        with self._lock:
            waits = {job: wait for job, wait in self._waits.items() if wait.root == root}
        for job, wait in waits.items():
            try:
                self._look(job, wait)
            except OSError as error:
                log.debug("%s cannot be looked at now: %s", wait.spot.folder, error)

    def _look(self, job: int, wait: _Wait) -> None:
        if wait.held:
            if self._watch.look(wait.spot.sent, self._clock())[0] in (Sign.NONE, Sign.ALIVE):
                self.forget(job)
                for lifted in self._on_lifted:
                    lifted(job)
        elif self._watch.look_at(wait.spot, self._clock())[0] in (Sign.NONE, Sign.STALE, Sign.HELD):
            self.forget(job)
            for ready in self._on_ready:
                ready()


def root_of(job: Job) -> Path:
    """Return the folder whose thread looks after a job's claim: the watched one, if there is one."""
    return job.root or job.path.parent

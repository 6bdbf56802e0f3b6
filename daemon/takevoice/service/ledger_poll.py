"""The one place where jobs join the way to the intake: files that settled, and what the ledger holds.

Other processes and OSC clients request, retry, release and cancel jobs by writing to the ledger. A change is noticed
within `EVERY` seconds, or at once when this process made it and calls `wake`.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections import deque
from collections.abc import Callable

from takevoice.errors import UnknownJob
from takevoice.jobs import Job, State
from takevoice.ledger import Ledger
from takevoice.service.intake_queue import IntakeQueue
from takevoice.service.worker_pool import WorkerPool

log = logging.getLogger("takevoice")

EVERY = 0.3  # seconds


class LedgerPoller:
    """Feeds the intake queue, and passes on cancellations, in a thread of its own."""

    def __init__(
        self,
        ledger: Ledger,
        intake_queue: IntakeQueue,
        pool: WorkerPool,
        *,
        owner: str,
        stopping: threading.Event,
        newest_first: Callable[[], bool],
    ) -> None:
        self._ledger, self._queue, self._pool = ledger, intake_queue, pool
        self._owner, self._stopping = owner, stopping
        self._newest_first = newest_first
        self._settled: deque[Job] = deque()
        self._wakeup = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ledger-poll", daemon=True)
        self._on_look: list[Callable[[], None]] = []
        self._before_requests: list[Callable[[], None]] = []

    def subscribe(self, on_look: Callable[[], None]) -> None:
        """Call this whenever something has been written to the ledger."""
        self._on_look.append(on_look)

    def before_requests(self, call: Callable[[], None]) -> None:
        """Call this before jobs that were asked for are handed in."""
        self._before_requests.append(call)

    def start(self) -> None:
        """Start polling."""
        self._thread.start()

    def join(self) -> None:
        """Wait for the thread to stop."""
        self.wake()
        if self._thread.is_alive():
            self._thread.join(2)

    def wake(self) -> None:
        """Look at the ledger now."""
        self._wakeup.set()

    def on_changed(self, job: Job) -> None:
        """Look now when a candidate has ended: its take may have been waiting for it."""
        if job.is_candidate and job.has_ended:
            self.wake()

    def add_settled(self, job: Job) -> None:
        """Hand in the job of a file that has settled."""
        self._settled.append(job)
        self.wake()

    def is_idle(self) -> bool:
        """Return True when no settled file waits."""
        return not self._settled

    def _run(self) -> None:
        seen = -1
        while not self._stopping.is_set():
            try:
                self._feed_settled()
                version = self._ledger.data_version()
                if version != seen or self._wakeup.is_set():
                    self._wakeup.clear()
                    self._poll()
                    seen = version
            except Exception as error:
                log.debug("the ledger cannot be read now: %s", error, exc_info=True)
            self._wakeup.wait(EVERY)

    def _feed_settled(self) -> None:
        while self._settled:
            newest = self._newest_first()
            job = self._settled.pop() if newest else self._settled.popleft()
            if not self._queue.put(job):
                (self._settled.append if newest else self._settled.appendleft)(job)
                return

    def _poll(self) -> None:
        self._pool.stop_jobs(self._ledger.jobs.stop_requested())
        for job_id in self._ledger.candidates.due(self._owner):
            with contextlib.suppress(UnknownJob):  # a person was quicker
                self._ledger.jobs.change(job_id, State.FOUND, detail="its candidates have ended")
        found = [job_id for job_id in self._ledger.jobs.found(self._owner) if not self._queue.holds(job_id)]
        for before in self._before_requests if found else ():
            before()
        for job_id in found:
            if not self._queue.has_room():
                break
            self._put(job_id)
        self._pool.wake_if_queued()
        for call in self._on_look:
            call()

    def _put(self, job_id: int) -> None:
        try:
            # It may have been taken up since the list was read.
            job = self._ledger.jobs.get(job_id)
        except UnknownJob:
            return
        if job.state is State.FOUND:
            self._queue.put(job)

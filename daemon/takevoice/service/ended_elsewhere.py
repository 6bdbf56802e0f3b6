"""Jobs of requests that other processes end: `takevoice drop` and `cancel` write to the ledger, and clients wait for a result."""

from __future__ import annotations

import contextlib
import logging
import threading

from takevoice.errors import UnknownJob
from takevoice.jobs import Job
from takevoice.ledger import Ledger
from takevoice.pipeline.events import Events

log = logging.getLogger("takevoice")

EVERY = 0.5  # seconds between two looks
REQUESTED = ("osc", "file")  # origins of jobs


class EndedElsewhere:
    """Looks into the ledger, in a thread of its own, and reports the ends that this process has not reported itself."""

    def __init__(self, ledger: Ledger, events: Events) -> None:
        """`events` receives the ends that were missing in it."""
        self._ledger, self._events = ledger, events
        self._lock = threading.Lock()
        self._open: set[int] = set()  # jobs that had not ended at the last look
        self._ended: set[int] = set()  # of those, the ones that had at the look before: this process may just be reporting it
        self._version: int | None = None  # None: nothing has been looked at
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ended-elsewhere", daemon=True)
        events.subscribe(on_changed=self._reported)

    def start(self) -> None:
        """Start looking."""
        self._thread.start()

    def stop(self) -> None:
        """Stop looking."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(5)

    def _reported(self, job: Job) -> None:
        with self._lock:
            if job.state.final:
                self._open.discard(job.id)
                self._ended.discard(job.id)
            elif job.origin in REQUESTED:
                self._open.add(job.id)  # its end may come before the next look

    def _run(self) -> None:
        while not self._stopping.wait(EVERY):
            try:
                self.look()
            except Exception as error:
                log.debug("the ledger cannot be read now: %s", error, exc_info=True)

    def look(self) -> None:
        """Report the jobs that had ended at the last look too, and that have not been reported since. Raises LedgerError."""
        version = self._ledger.data_version()
        if version == self._version and not self._ended:
            return
        with self._lock:  # an end that is reported meanwhile must come after this
            now = self._ledger.requests.open_jobs()
            due = self._ended - now
            self._ended = self._open - now - due
            self._open = now
        self._version = version
        for job_id in due:
            with contextlib.suppress(UnknownJob):
                job = self._ledger.jobs.get(job_id)
                if job.state.final:
                    self._events.changed(job)

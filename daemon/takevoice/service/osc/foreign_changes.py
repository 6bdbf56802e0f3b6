"""Jobs that other processes changed: `takevoice drop` and the like write to the ledger, which subscribers are to see as well."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable

from takevoice.errors import UnknownJob
from takevoice.jobs import Job, State
from takevoice.ledger import Ledger

log = logging.getLogger("takevoice")

EVERY = 0.5  # seconds between two looks

_Differences = dict[int, State | None]
"""The states of jobs that subscribers do not know; None: the job is gone."""


class ForeignChanges:
    """Looks into the ledger while there are subscribers, and reports what this process has not reported itself."""

    def __init__(
        self,
        ledger: Ledger,
        is_wanted: Callable[[], bool],
        on_changed: Callable[[Job], None],
        on_removed: Callable[[int], None],
    ) -> None:
        self._ledger, self._is_wanted = ledger, is_wanted
        self._on_changed, self._on_removed = on_changed, on_removed
        self._known: dict[int, State] = {}  # by subscribers
        self._lock = threading.Lock()
        self._pending: _Differences = {}
        self._version: int | None = None  # None: nothing has been looked at
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="osc-foreign", daemon=True)

    def start(self) -> None:
        """Start looking."""
        self._thread.start()

    def stop(self) -> None:
        """Stop looking."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(5)

    def reported(self, job: Job) -> None:
        """Note a change that subscribers know."""
        with self._lock:
            self._known[job.id] = job.state

    def removed(self, job: Job) -> None:
        """Note that subscribers know that a job is gone."""
        with self._lock:
            self._known.pop(job.id, None)

    def _run(self) -> None:
        while not self._stopping.wait(EVERY):
            try:
                if self._is_wanted():
                    self.look()
                else:
                    self._version = None
            except Exception as error:
                log.debug("the ledger cannot be read now: %s", error, exc_info=True)

    def look(self) -> None:
        """Report what differs from what subscribers know, and did at the last look: else this process may just be reporting it."""
        version = self._ledger.data_version()
        if self._version is None:
            with self._lock:
                self._known = self._ledger.job_lists.states()
            self._pending = {}
        elif version != self._version or self._pending:
            before, self._pending = self._pending, self._differences()
            for job_id, state in self._pending.items():
                if job_id in before and before[job_id] is state:
                    self._report(job_id, state)
        self._version = version

    def _differences(self) -> _Differences:
        states = self._ledger.job_lists.states()
        with self._lock:
            gone = dict.fromkeys(self._known.keys() - states.keys())
            return {**{job: state for job, state in states.items() if self._known.get(job) is not state}, **gone}

    def _report(self, job_id: int, state: State | None) -> None:
        with self._lock:
            if self._known.get(job_id) is state:
                return
            if state is None:
                del self._known[job_id]
            else:
                self._known[job_id] = state
        if state is None:
            self._on_removed(job_id)
            return
        with contextlib.suppress(UnknownJob):
            self._on_changed(self._ledger.jobs.get(job_id))

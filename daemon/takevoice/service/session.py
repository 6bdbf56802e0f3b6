"""The parts that `takevoice run` and `takevoice convert` share, put together once."""

from __future__ import annotations

import logging
import os
import threading
import time
import uuid
from collections.abc import Sequence

from takevoice import audio
from takevoice.errors import BackendPending
from takevoice.jobs import Job
from takevoice.ledger import Ledger
from takevoice.pipeline.charges import Charges
from takevoice.pipeline.circuit import CircuitBreaker
from takevoice.pipeline.conversion import Conversion
from takevoice.pipeline.ending import JobEnding
from takevoice.pipeline.events import Events
from takevoice.pipeline.hold_policy import HoldPolicy
from takevoice.pipeline.intake import Intake
from takevoice.pipeline.ledger_retry import LedgerRetry
from takevoice.pipeline.publishing import DefaultPublishing
from takevoice.pipeline.readings import Readings
from takevoice.pipeline.recovery import Recovery
from takevoice.pipeline.restoration import Restoration
from takevoice.pipeline.segments import SegmentConverter, Slots
from takevoice.pipeline.workdir import WorkDir
from takevoice.process_lock import ProcessLock, is_locked
from takevoice.service.environment import Environment
from takevoice.service.intake_queue import IntakeQueue
from takevoice.service.ledger_poll import LedgerPoller
from takevoice.service.lookup import Lookup
from takevoice.service.worker_pool import WorkerPool
from takevoice.system.memory import keep_freed_memory

log = logging.getLogger("takevoice")

MAX_DEFAULT_CONVERSIONS = 4
BACKEND_PATIENCE = 120.0  # seconds
CHECK = 0.25  # seconds between two looks


class Session:
    """One owner's jobs: its lock, the ledger, the pipeline, and the threads that work on them."""

    def __init__(
        self, environment: Environment, owner: str, *, wait_when_unavailable: bool, asked_for: bool
    ) -> None:
        """`wait_when_unavailable`: takes wait while a backend rejects everything, instead of failing. `asked_for`: a
        person wants everything that is in the folders now.

        Raises:
            ConfigError: another process works with this owner's jobs.
            LedgerError: the ledger cannot be opened.
        """
        keep_freed_memory()
        config, plugins, state = environment.config, environment.plugins, environment.state
        self.owner, self.stopping = owner, threading.Event()
        self._plugins, self._state, self._wait = plugins, state, wait_when_unavailable
        self._lock = ProcessLock(state.owner_lock(owner))
        self.ledger = Ledger(state.ledger)
        self.events, self.breaker = Events(), CircuitBreaker()
        self.events.subscribe(on_changed=plugins.job_changed)
        self._lookup = Lookup(environment, self.ledger)
        self.planner, self.existing = self._lookup.planner, self._lookup.existing
        self.holds = HoldPolicy(self.ledger, config, self.planner, asked_for=asked_for)
        self._work, self._retry_write = WorkDir(state.work), LedgerRetry(self.stopping)
        run = uuid.uuid4().hex[:12]
        self._charges = Charges(self.ledger, config, self.planner, self._work, self._retry_write, run)
        self._publishing = DefaultPublishing(self.ledger, state.path)
        plugins.register("default", self._publishing, "takevoice")
        self._recovery = Recovery(self.ledger, self.events, self._charges, self._work, self._publishing)
        self.pool = self._worker_pool(
            config.settings.conversions or min(MAX_DEFAULT_CONVERSIONS, os.cpu_count() or 1)
        )
        self.intake_queue = self._intake_queue()
        self.poller = LedgerPoller(
            self.ledger, self.intake_queue, self.pool, owner=owner, stopping=self.stopping
        )

    def await_backend(self, stopped: threading.Event | None = None, seconds: float = BACKEND_PATIENCE) -> None:
        """Wait for a backend that is not ready yet, before the start: a person may be answering its dialog.

        Raises:
            BackendUnavailable: it is not ready in time, or there is none at all. The session is closed.
        """
        try:
            self._await_backend(stopped or self.stopping, seconds)
        except BaseException:
            self.close()
            raise

    def _await_backend(self, stopped: threading.Event, seconds: float) -> None:
        deadline, reported = time.monotonic() + seconds, False
        while True:
            try:
                self.planner.backend()
                return
            except BackendPending as error:
                if time.monotonic() > deadline or stopped.wait(CHECK):
                    raise
                if not reported:
                    log.warning("%s. Waiting up to %.0f s", error, seconds)
                reported = True

    def _worker_pool(self, conversions: int) -> WorkerPool:
        ledger, events, work, retry_write = self.ledger, self.events, self._work, self._retry_write
        readings = Readings()
        segments = SegmentConverter(
            ledger, self._plugins, work, self._charges, self.breaker, events, Slots(conversions)
        )
        return WorkerPool(
            ledger,
            events,
            self.planner,
            Conversion(ledger, events, self.planner, work, segments, readings, retry_write),
            Restoration(ledger, events, self._plugins, work, readings, self._publishing, retry_write),
            JobEnding(
                ledger,
                events,
                self._charges,
                work,
                self.breaker,
                retry_write,
                wait_when_unavailable=self._wait,
            ),
            self.breaker,
            retry_write,
            owner=self.owner,
            owner_alive=self.is_alive,
            conversions=conversions,
            stopping=self.stopping,
        )

    def _intake_queue(self) -> IntakeQueue:
        intake = Intake(
            self.ledger,
            self.events,
            self.planner,
            self._lookup.assessor,
            self.existing,
            self.holds,
            self._work,
            self.breaker,
            wait_when_unavailable=self._wait,
        )
        return IntakeQueue(
            self.ledger,
            self.events,
            intake,
            self.breaker,
            on_ready=self.pool.accept,
            on_quiet=self.holds.report,
            stopping=self.stopping,
            retry=self._wait,
        )

    def recover(self) -> Sequence[Job]:
        """Put what an earlier run left behind back on its way; returns the jobs that `start` has to restore."""
        return self._recovery.run(self.owner)

    def start(self, to_restore: Sequence[Job] = ()) -> None:
        """Start the threads: the workers first, then the intake."""
        self.pool.start()
        for job in to_restore:
            self.pool.accept(job)
        self.intake_queue.start()
        self.poller.start()

    def stop(self) -> None:
        """Stop the threads in reverse order; paid answers under way get a few seconds."""
        self.stopping.set()
        audio.stop_decoding()
        self.poller.join()
        self.intake_queue.join()
        self.pool.join()

    def close(self) -> None:
        """Close the ledger and give back the lock."""
        self.ledger.close()
        self._lock.release()

    def is_alive(self, owner: str) -> bool:
        """Return True while a process works on that owner's jobs."""
        return is_locked(self._state.owner_lock(owner))

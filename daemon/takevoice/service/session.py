"""The parts that `takevoice run` and `takevoice convert` share, put together once."""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Sequence

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

MAX_DEFAULT_CONVERSIONS = 4


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
        config, plugins, state = environment.config, environment.plugins, environment.state
        self.owner, self.stopping = owner, threading.Event()
        self._state = state
        self._lock = ProcessLock(state.owner_lock(owner))
        self.ledger = ledger = Ledger(state.ledger)
        self.events = events = Events()
        self.events.subscribe(on_changed=plugins.job_changed)
        self.breaker = breaker = CircuitBreaker()
        lookup = Lookup(environment, ledger)
        self.planner, self.existing = planner, existing = lookup.planner, lookup.existing
        self.holds = holds = HoldPolicy(ledger, config, planner, asked_for=asked_for)
        work, retry_write = WorkDir(state.work), LedgerRetry(self.stopping)
        charges = Charges(ledger, config, planner, work, retry_write, run=uuid.uuid4().hex[:12])
        publishing = DefaultPublishing(ledger, state.path)
        plugins.register("default", publishing, "takevoice")
        self._recovery = Recovery(ledger, events, charges, work, publishing)
        conversions = config.settings.conversions or min(MAX_DEFAULT_CONVERSIONS, os.cpu_count() or 1)
        segments = SegmentConverter(ledger, plugins, work, charges, breaker, events, Slots(conversions))
        self.pool = WorkerPool(
            ledger,
            events,
            planner,
            Conversion(ledger, events, planner, work, segments, retry_write),
            Restoration(ledger, events, plugins, work, retry_write),
            JobEnding(
                ledger,
                events,
                charges,
                work,
                breaker,
                retry_write,
                wait_when_unavailable=wait_when_unavailable,
            ),
            breaker,
            retry_write,
            owner=owner,
            owner_alive=self.is_alive,
            conversions=conversions,
            stopping=self.stopping,
        )
        self.intake_queue = IntakeQueue(
            ledger,
            events,
            Intake(
                ledger,
                events,
                planner,
                lookup.assessor,
                existing,
                holds,
                work,
                breaker,
                wait_when_unavailable=wait_when_unavailable,
            ),
            breaker,
            on_ready=self.pool.accept,
            on_quiet=holds.report,
            stopping=self.stopping,
            retry=wait_when_unavailable,
        )
        self.poller = LedgerPoller(ledger, self.intake_queue, self.pool, owner=owner, stopping=self.stopping)

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

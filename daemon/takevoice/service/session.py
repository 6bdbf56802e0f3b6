"""The parts that `takevoice run` and `takevoice convert` share, put together once."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

from takevoice import audio
from takevoice.errors import BackendPending, ConfigError, LedgerError, UnknownJob
from takevoice.jobs import Job, State
from takevoice.ledger import Ledger
from takevoice.ledger.soundness import check_at_start
from takevoice.pipeline import decisions
from takevoice.pipeline.ahead import WorkAhead
from takevoice.pipeline.answer_store import AnswerStore
from takevoice.pipeline.charges import Charges
from takevoice.pipeline.circuit import CircuitBreaker
from takevoice.pipeline.conversion import Conversion
from takevoice.pipeline.decisions import DAEMON
from takevoice.pipeline.ending import JobEnding
from takevoice.pipeline.events import Events
from takevoice.pipeline.families import Families
from takevoice.pipeline.held_files import HeldFiles
from takevoice.pipeline.hold_policy import HoldPolicy
from takevoice.pipeline.intake import Intake
from takevoice.pipeline.ledger_retry import LedgerRetry
from takevoice.pipeline.pacing import Pacing
from takevoice.pipeline.problems import Problems
from takevoice.pipeline.publishing import DefaultPublishing
from takevoice.pipeline.readings import Readings
from takevoice.pipeline.recovery import Recovery
from takevoice.pipeline.replanning import Replanning
from takevoice.pipeline.restoration import Restoration
from takevoice.pipeline.room import Room
from takevoice.pipeline.segments import SegmentConverter, Slots
from takevoice.pipeline.workdir import WorkDir
from takevoice.process_lock import ProcessLock, is_locked
from takevoice.service.ahead_queue import AheadQueue
from takevoice.service.claim_parts import claim_parts
from takevoice.service.environment import Environment
from takevoice.service.housekeeping import Housekeeping
from takevoice.service.intake_queue import IntakeQueue
from takevoice.service.ledger_poll import LedgerPoller
from takevoice.service.lookup import Lookup
from takevoice.service.neighbour_watch import NeighbourWatch
from takevoice.service.silent_roots import SilentRoots
from takevoice.service.stop_line import stop_line
from takevoice.service.worker_pool import WorkerPool
from takevoice.system.memory import keep_freed_memory

log = logging.getLogger("takevoice")

MAX_DEFAULT_CONVERSIONS = 4
BACKEND_PATIENCE = 120.0  # seconds
LOCK_PATIENCE = 2.0  # seconds: a command may be looking after what a killed process left behind
CHECK = 0.25  # seconds between two looks


class Session:
    """One owner's jobs: its lock, the ledger, the pipeline, and the threads that work on them."""

    def __init__(
        self,
        environment: Environment,
        owner: str,
        *,
        wait_when_unavailable: bool,
        asked_for: bool,
        existing_too: bool = False,
        attended: bool = False,
    ) -> None:
        """`wait_when_unavailable`: takes wait while a backend rejects everything, instead of failing. `asked_for`: a
        person wants everything that is in the folders now; `existing_too`: also what was there before they were watched.
        `attended`: a person waits for it at a terminal.

        Raises:
            ConfigError: another process works with this owner's jobs.
            LedgerError: the ledger cannot be opened.
        """
        keep_freed_memory()
        config, plugins, state = environment.config, environment.plugins, environment.state
        self.owner, self.stopping = owner, threading.Event()
        self._plugins, self._state, self._wait = plugins, state, wait_when_unavailable
        self._lock = ProcessLock(state.owner_lock(owner), LOCK_PATIENCE)
        self.ledger = self._open_ledger()
        self.events, self.problems, self.silent = Events(), Problems(), SilentRoots()
        self.breaker = CircuitBreaker(self.problems)
        self.events.subscribe(on_changed=plugins.job_changed)
        self.lookup = Lookup(environment, self.ledger)
        self.planner, self.existing = self.lookup.planner, self.lookup.existing
        self.pacing = Pacing(self.planner.backend_named, self.problems)
        self.holds = HoldPolicy(
            self.ledger, config, self.planner, asked_for=asked_for, existing_too=existing_too
        )
        self._config = config
        self._work, self._retry_write = WorkDir(state.work), LedgerRetry(self.stopping)
        run = uuid.uuid4().hex[:12]
        self._charges = Charges(self.ledger, config, self.planner, self._work, self._retry_write, run, attended=attended)
        self._elsewhere, self._keeper = claim_parts(
            self.ledger, self.events, self.planner, state, self.stopping, self._lift, self._is_shared_here
        )
        self._claims = self._elsewhere.claims
        self.neighbours = NeighbourWatch(state, owner, self._claim_in_hand)
        self._publishing = DefaultPublishing(self.ledger, state.path, self.planner.names, self._elsewhere.on_taken)
        plugins.register("default", self._publishing, "takevoice")
        self._replanning = Replanning(self.ledger, self.planner, self._work, owner)
        self._recovery = Recovery(
            self.ledger, self.events, self._charges, self._work, self._publishing, plugins, self._elsewhere
        )
        self.pool = self._worker_pool(
            config.settings.conversions or min(MAX_DEFAULT_CONVERSIONS, os.cpu_count() or 1)
        )
        self.pacing.subscribe(self.pool.wake_if_queued)
        self.intake_queue = self._intake_queue()
        self.poller = LedgerPoller(
            self.ledger,
            self.intake_queue,
            self.pool,
            owner=owner,
            stopping=self.stopping,
            newest_first=self._newest_first,
        )
        self.events.subscribe(on_changed=self.poller.on_changed)
        self.ahead.begin_only_when(lambda: self.poller.is_idle() and self.intake_queue.is_idle())
        self._held_files = HeldFiles(self.ledger, self.events, owner, self.silent.covers)
        self.housekeeping = Housekeeping(self._look_after_others, lambda: config.settings.money.keep_answers_days, self.stopping)
        self.housekeeping.prune_too(AnswerStore(self._work).prune)

    def _is_shared_here(self, folder: Path) -> bool:
        return self.neighbours.is_shared(folder)

    def _claim_in_hand(self) -> None:
        paid = {backend.name for backend in self._plugins.backends() if backend.paid}
        self._claims.claim_in_hand(self.owner, lambda job: job.backend in paid)

    def _lift(self, job_id: int) -> None:
        """Let a job continue that is held for another machine, which has settled the matter."""
        with contextlib.suppress(UnknownJob):
            self.events.changed(decisions.lift(self.ledger, job_id))
            self.poller.wake()

    def _open_ledger(self) -> Ledger:
        """Open the ledger, after a look whether it is sound; the lock is given back when it is not."""
        state = self._state
        try:
            if self.owner == DAEMON or not self.is_alive(DAEMON):
                check_at_start(state.ledger, state.ledger_checked)
            return Ledger(state.ledger)
        except LedgerError:
            self._lock.release()
            raise

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
        readings, room = Readings(), Room(self._state.work)
        segments = SegmentConverter(
            ledger, self._plugins, work, self._charges, self.breaker, events, Slots(conversions), self.pacing,
            self._elsewhere, room,
        )
        self.ahead = self._ahead_queue(readings, segments)
        return WorkerPool(
            ledger,
            events,
            self.planner,
            Conversion(ledger, events, self.planner, work, segments, readings, self._elsewhere, retry_write, room),
            Restoration(ledger, events, self._plugins, work, readings, self._publishing, self._elsewhere, retry_write),
            JobEnding(
                ledger,
                events,
                self._charges,
                work,
                self.breaker,
                self._claims,
                retry_write,
                self.holds.held,
                self.planner,
                wait_when_unavailable=self._wait,
            ),
            self.breaker,
            self.pacing,
            retry_write,
            owner=self.owner,
            conversions=conversions,
            stopping=self.stopping,
            silent=self.silent,
            newest_first=self._newest_first,
            ahead=self.ahead,
            elsewhere=self._claims.waits,
        )

    def _newest_first(self) -> bool:
        return self._config.settings.order == "newest"

    def _ahead_queue(self, readings: Readings, segments: SegmentConverter) -> AheadQueue:
        work = WorkAhead(
            self.ledger,
            self._plugins,
            self.planner,
            self.lookup.assessor,
            self.holds,
            self._work,
            readings,
            segments,
            self.breaker,
            self.pacing,
        )
        return AheadQueue(work, self.stopping, self.silent)

    def _intake_queue(self) -> IntakeQueue:
        intake = Intake(
            self.ledger,
            self.events,
            self.planner,
            self.lookup.assessor,
            self.existing,
            self.holds,
            self._work,
            self.breaker,
            self.pacing,
            Families(self.ledger, self.events, self.planner, self._plugins),
            wait_when_unavailable=self._wait,
        )
        return IntakeQueue(
            self.ledger,
            self.events,
            intake,
            self.breaker,
            self.pacing,
            on_ready=self.pool.accept,
            on_quiet=self.holds.held.report,
            stopping=self.stopping,
            retry=self._wait,
            silent=self.silent,
            ahead=self.ahead,
        )

    def plan_again(self) -> None:
        """Have those queued takes planned again whose settings have changed; raises LedgerError."""
        again = self._replanning.run()
        for job in again:
            self._claims.waits.forget(job.id)
        if again:
            self.poller.wake()

    def recover(self) -> Sequence[Job]:
        """Put what an earlier run left behind back on its way; returns the jobs that `start` has to restore."""
        to_restore = self._recovery.run(self.owner, self.silent.covers)
        self._claims.adopt(self.owner, self.is_alive, self.silent.covers)
        return to_restore

    def resume_recovery(self) -> None:
        """Put what an earlier run left behind in folders that answer only now back on its way."""
        for job in self._recovery.resume(self.silent.covers):
            self.pool.accept(job)
        self._claims.adopt(self.owner, self.is_alive, self.silent.covers)
        self.pool.wake()

    def recover_orphans(self) -> Sequence[Job]:
        """Put what processes that were killed left behind in order; returns the jobs that `start` has to restore.

        Requests without an answer are held for a person. Complete answers are paid for: this session publishes them.
        What was queued stays with its owner.
        """
        found: list[Job] = []
        for owner in self.ledger.jobs.owners_working() - {self.owner}:
            path = self._state.owner_lock(owner)
            with contextlib.suppress(ConfigError):  # it is alive
                lock = ProcessLock(path)
                try:
                    for job in self._recovery.recover(owner, self.silent.covers):
                        found.append(self.ledger.jobs.update(job.id, owner=self.owner))
                finally:
                    lock.release()
        return found

    def _look_after_others(self) -> None:
        self.neighbours.look()
        self._held_files.look()
        self._adopt_orphans()

    def _adopt_orphans(self) -> None:
        """Look after the jobs of processes that were killed while this one runs: others may be waiting for their answers."""
        for job in self.recover_orphans():
            self.pool.accept(job)

    def start(self, to_restore: Sequence[Job] = ()) -> None:
        """Start the threads: the workers first, then the intake."""
        self.pool.start()
        for job in to_restore:
            self.pool.accept(job)
        self.intake_queue.start()
        self.poller.start()
        self.housekeeping.start()

    def stop(self) -> None:
        """Stop the threads in reverse order; paid answers under way get a few seconds."""
        self.stopping.set()
        audio.stop_decoding()
        self.housekeeping.join()
        self.poller.join()
        self.intake_queue.join()
        self.pool.join()
        self._keeper.join()

    def waits_for(self) -> str:
        """Return in one line what a stop waits for, and what it would cost not to wait."""
        paid = {backend.name: backend for backend in self._plugins.backends() if backend.paid}
        converting = self.ledger.jobs.select((State.CONVERTING,), owner=self.owner)
        return stop_line([(job, paid[job.backend]) for job in converting if job.backend in paid])

    def close(self) -> None:
        """Close the ledger and give back the lock."""
        self.neighbours.close()
        self.ledger.close()
        self._lock.release()

    def is_alive(self, owner: str) -> bool:
        """Return True while a process works on that owner's jobs."""
        return is_locked(self._state.owner_lock(owner))

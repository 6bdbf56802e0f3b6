"""The queue of finished files in front of the intake, and the threads that work it off."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path

from takevoice.errors import BackendBusy, LedgerError, TakevoiceError, UnknownJob, printable
from takevoice.jobs import Disposition, Job, State
from takevoice.ledger import Ledger
from takevoice.pipeline.circuit import CircuitBreaker
from takevoice.pipeline.events import Events
from takevoice.pipeline.intake import FileChanged, Intake, RetryLater
from takevoice.pipeline.pacing import Pacing
from takevoice.pipeline.withdrawal import withdraw
from takevoice.service.ahead_queue import AheadQueue
from takevoice.service.crew import Crew
from takevoice.service.silent_roots import SilentRoots
from takevoice.system.fileid import version_of

log = logging.getLogger("takevoice")

THREADS = 2
MAX_WAITING = 100  # jobs
STOP_WITHIN = 1.0  # seconds for the files in hand at a stop
QUIET = 1.0  # seconds without a new job: time for what can wait


class IntakeQueue:
    """Takes up jobs in threads of its own. A job in the queue, or put off, is never taken up twice."""

    def __init__(
        self,
        ledger: Ledger,
        events: Events,
        intake: Intake,
        breaker: CircuitBreaker,
        pacing: Pacing,
        *,
        on_ready: Callable[[Job], None],
        on_quiet: Callable[[], None],
        stopping: threading.Event,
        retry: bool,
        silent: SilentRoots,
        ahead: AheadQueue,
    ) -> None:
        """`on_ready` gets each job that is ready for the next step; `on_quiet` is called when no job waits. `retry`: a job that cannot be
        taken up now is put off instead of failed."""
        self._ledger, self._events, self._intake = ledger, events, intake
        self._breaker, self._pacing = breaker, pacing
        self._on_ready, self._on_quiet, self._stopping, self._retry = on_ready, on_quiet, stopping, retry
        self._waiting: queue.Queue[Job | None] = queue.Queue(maxsize=MAX_WAITING)
        self._put_off: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._in_hand: dict[int, Path] = {}
        self._reported: set[int] = set()
        self._lock = threading.Lock()
        self._silent, self._ahead = silent, ahead
        self._crew = Crew("intake", THREADS, self._work, silent)

    def start(self) -> None:
        """Start the threads."""
        self._crew.start()

    def join(self) -> None:
        """Wait a moment for the threads to stop; the next start finds the files that wait, and one that takes long now."""
        deadline = time.monotonic() + STOP_WITHIN
        for _ in range(THREADS):
            with contextlib.suppress(queue.Full):
                self._waiting.put_nowait(None)  # wakes one that waits for a job
        self._crew.join(deadline)

    def is_idle(self) -> bool:
        """Return True when no job is waiting or in hand, but for those of folders that do not answer."""
        with self._lock:
            return all(self._silent.covers(path) for path in self._in_hand.values())

    def has_room(self) -> bool:
        """Return True when another job can be put."""
        return not self._waiting.full()

    def holds(self, job_id: int) -> bool:
        """Return True while the job is waiting, in hand, or put off."""
        with self._lock:
            return job_id in self._in_hand

    def put(self, job: Job) -> bool:
        """Queue a job; returns False when there is no room. One that is in hand already is left as it is."""
        with self._lock:
            if job.id in self._in_hand:
                return True
            try:
                self._waiting.put_nowait(job)
            except queue.Full:
                return False
            self._in_hand[job.id] = job.path
            return True

    def _work(self) -> None:
        while not self._stopping.is_set() and not self._crew.is_replaced():
            try:
                job = self._waiting.get(timeout=QUIET)
            except queue.Empty:
                self._use_quiet()
                continue
            if job is None:
                continue
            try:
                put_off = self._silent.covers(job.path)
                if not put_off:
                    with self._crew.at(job.path):
                        put_off = self._take_up(job)
            except Exception:
                log.exception("%s could not be taken up", printable(job.path))
                put_off = False
            if put_off:
                self._put_off.put(job)
            else:
                with self._lock:
                    self._in_hand.pop(job.id, None)
                self._ahead.look_again()

    def _use_quiet(self) -> None:
        self._on_quiet()
        if self._breaker.open_backends() or self._pacing.lookups_wait():
            return
        while not self._put_off.empty() and not self._waiting.full():
            try:
                job = self._put_off.get_nowait()
                self._waiting.put_nowait(job)
            except queue.Empty:
                return
            except queue.Full:
                self._put_off.put(job)
                return

    def _take_up(self, job: Job) -> bool:
        """Take up a job; returns True when it has to be put off."""
        if self._pacing.lookups_wait():
            return True
        continues = False
        try:
            ready = self._intake.take_up(job)
            if ready is not None:
                continues = ready.state in (State.QUEUED, State.RESTORING)
                self._on_ready(ready)
        except FileChanged as error:
            return self._handle_changed(job, error)
        except UnknownJob as error:
            log.debug("%s", error)  # cancelled meanwhile: so it stays
            self._mark_dealt_with(job)
        except (RetryLater, LedgerError) as error:
            return self._handle_unavailable(job, error)
        except Exception as error:
            log.exception("%s: unexpected failure", printable(job.path))
            self._fail(job, error)
        finally:
            if not continues:
                self._ahead.withdraw(job.id)
        return False

    def _handle_changed(self, job: Job, error: FileChanged) -> bool:
        """A dropped file has to settle again; a requested one is tried again in a moment."""
        if not job.is_requested:
            withdraw(self._ledger, self._events, job, Disposition.CHANGED, error.what, None)
        elif self._retry:
            return True
        else:
            self._fail(job, error)
        return False

    def _handle_unavailable(self, job: Job, error: Exception) -> bool:
        cause = error.__cause__ or error
        if not self._retry and not isinstance(cause, BackendBusy):
            self._fail(job, cause if isinstance(cause, Exception) else error)
            return False
        new = isinstance(cause, LedgerError) and job.id not in self._reported
        log.log(logging.ERROR if new else logging.DEBUG, "%s is put off: %s", printable(job.path), cause)
        self._reported.add(job.id)
        return True

    def _mark_dealt_with(self, job: Job) -> None:
        version = version_of(job.path)
        if version is not None:
            self._ledger.files.record(job.path, version, Disposition.JOB, job.id)

    def _fail(self, job: Job, error: Exception) -> None:
        try:
            failed = self._intake.fail(job, error)
        except (TakevoiceError, RetryLater) as problem:
            log.error("%s: %s", printable(job.path), problem.__cause__ or problem)
        else:
            assert failed.state is not State.QUEUED

"""The worker threads: a few talk to the backend, two restore and publish."""

from __future__ import annotations

import contextlib
import functools
import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Collection

from takevoice.errors import BackendError, Cancelled, LedgerError, NoAnswer, PluginError, TakevoiceError
from takevoice.files import unless_unreachable
from takevoice.jobs import Job, State
from takevoice.ledger import Ledger
from takevoice.pipeline.circuit import CircuitBreaker
from takevoice.pipeline.claim_waits import ClaimWaits
from takevoice.pipeline.conversion import Conversion
from takevoice.pipeline.ending import JobEnding
from takevoice.pipeline.events import Events
from takevoice.pipeline.ledger_retry import LedgerRetry
from takevoice.pipeline.pacing import Pacing
from takevoice.pipeline.planning import Planner
from takevoice.pipeline.restoration import Restoration
from takevoice.pipeline.segments import Stop
from takevoice.service.ahead_queue import AheadQueue
from takevoice.service.crew import Crew
from takevoice.service.silent_roots import SilentRoots
from takevoice.service.unreachable import Unreachable

log = logging.getLogger("takevoice")

RESTORERS = 2
PATIENCE = 8.0  # seconds for paid answers under way at a stop, of the ten that a stop may take
CHECK = 0.3  # seconds between two checks whether to stop
WAIT = 5.0  # seconds; a woken thread looks for a job at once


class WorkerPool:
    """Works on the owner's queued jobs, `conversions` at once; the ledger holds those that wait."""

    def __init__(
        self,
        ledger: Ledger,
        events: Events,
        planner: Planner,
        conversion: Conversion,
        restoration: Restoration,
        ending: JobEnding,
        breaker: CircuitBreaker,
        pacing: Pacing,
        retry_write: LedgerRetry,
        *,
        owner: str,
        conversions: int,
        stopping: threading.Event,
        silent: SilentRoots,
        newest_first: Callable[[], bool],
        ahead: AheadQueue,
        elsewhere: ClaimWaits,
    ) -> None:
        """`newest_first`: which take of a folder is next. `ahead`: what free threads do. `elsewhere` has the jobs that wait for
        other machines."""
        self._ledger, self._events, self._planner = ledger, events, planner
        self._conversion, self._restoration, self._ending = conversion, restoration, ending
        self._breaker, self._pacing, self._retry_write = breaker, pacing, retry_write
        self._owner, self._stopping, self._newest_first = owner, stopping, newest_first
        self.paused = threading.Event()
        self._wakeup = threading.Condition()
        self._idle = 0  # threads
        self._looking = threading.Lock()
        self._look = True  # there may be a queued job that no thread has looked for yet
        self._stop_jobs: Collection[int] = ()
        self._to_restore: queue.Queue[Job | None] = queue.Queue(maxsize=2 * conversions)  # None: a stop
        self._silent, self._ahead, self._elsewhere = silent, ahead, elsewhere
        self._set_aside: deque[Job] = deque()  # converted takes of silent folders
        self._unreachable = Unreachable()
        self._in_hand: set[int] = set()  # jobs that a thread has not finished with, whatever their state
        self._converters = Crew("convert", conversions, self._convert_loop, silent)
        self._restorers = Crew("restore", RESTORERS, self._restore_loop, silent)
        silent.subscribe(on_answers=lambda _: self.wake())
        ahead.subscribe(self.wake)
        elsewhere.subscribe(on_ready=self.wake)

    def start(self) -> None:
        """Start the threads."""
        self._converters.start()
        self._restorers.start()

    def accept(self, job: Job) -> None:
        """Take on a job that is queued, or ready to be restored."""
        if job.state is State.RESTORING:
            self._restore(job)
        elif job.state is State.QUEUED:
            self.wake_if_queued()

    def wake(self) -> None:
        """Say that there may be a queued job: one thread looks for it, and wakes the next one when it has got it."""
        with self._wakeup:
            self._look = True
            self._wakeup.notify()

    def wake_if_queued(self) -> None:
        """Do the same where a job is queued that has room: most looks find none, and waking a thread costs more than the look."""
        try:
            queued = self._ledger.jobs.has_queued(self._owner, self._pacing.without_room())
        except LedgerError:
            queued = True  # unknown
        if queued:
            self.wake()

    def stop_jobs(self, jobs: Collection[int]) -> None:
        """Stop these jobs as soon as possible: a person cancelled them."""
        self._stop_jobs = jobs

    def join(self) -> None:
        """Wait for the threads to stop: free conversions go back to the queue, paid ones get `PATIENCE`.

        A paid one that takes longer is left as it is: the next start holds it for a person.
        """
        with self._wakeup:
            self._wakeup.notify_all()
        with contextlib.suppress(queue.Full):  # with so many jobs waiting, no thread sleeps
            for _ in range(RESTORERS):
                self._to_restore.put_nowait(None)
        deadline = time.monotonic() + PATIENCE
        for crew in (self._converters, self._restorers):
            crew.join(deadline)

    def _convert_loop(self) -> None:
        while not self._stopping.is_set() and not self._converters.is_replaced():
            self._await_job()
            job = self._look_for_job()
            if job is None:
                self._work_ahead()
                continue
            self._events.changed(job)
            with self._converters.at(job.path):
                converted = self._guarded(job, functools.partial(self._conversion.run, job, self._stop_for(job)))
            self._pacing.unclaim(job)
            if converted is not None:
                self._restore(converted)

    def _work_ahead(self) -> None:
        """Use the time for a take that still settles, if there is one: no other one is waiting."""
        job = self._ahead.take()
        if job is None:
            return
        self.wake()
        with self._converters.at(job.path):
            self._ahead.do(job, self._is_needed)
        self.wake()  # it may have settled meanwhile

    def _is_needed(self) -> bool:
        """Return True when a settled take waits, and no thread is free for it."""
        if not self._look or self._idle:
            return False
        return self._ledger.jobs.can_claim(self._owner, self._unready(), self._unreadable())

    def _await_job(self) -> None:
        """Wait until there may be a queued job, or until a backend may be ready again, for `WAIT` at most."""
        pause = min(WAIT, self._pacing.soonest())
        with self._wakeup:
            woken = self._look or self._stopping.is_set()
            if not woken:
                self._idle += 1
                woken = self._wakeup.wait(pause)
                self._idle -= 1
        if not woken:
            self.wake_if_queued()  # by another process, or for a backend that has become ready

    def _look_for_job(self) -> Job | None:
        """Claim a job, one thread after the other; a thread whose turn comes when all has been looked for leaves it at that."""
        with self._looking:
            with self._wakeup:
                look, self._look = self._look and not self._is_off(), False
            job = self._retry_write(self._claim) if look else None
            if job is not None:
                self.wake_if_queued()
            return job

    def _is_off(self) -> bool:
        return self.paused.is_set() or self._stopping.is_set()

    def _claim(self) -> Job | None:
        jobs, unready, waiting = self._ledger.jobs, self._unready(), self._unreadable()
        deferred = self._breaker.deferred_jobs() | self._pacing.deferred_jobs()
        claim = functools.partial(jobs.claim, self._owner, unready, newest_first=self._newest_first())
        job = claim({*deferred, *waiting})
        # Jobs that a backend rejected have their turn after the others.
        if job is None and deferred:
            job = claim(waiting)
        if job is not None:
            self._pacing.claim(job)
            self._ahead.claimed(job.id)
        return job

    def _unready(self) -> Collection[str]:
        """Return the backends that nothing can be sent to now."""
        return {*self._breaker.open_backends(), *self._pacing.without_room()}

    def _unreadable(self) -> Collection[int]:
        """Return the queued jobs that cannot be begun now: another thread or machine has them in hand, or their folders do not answer.

        A job that has just ended, and was started again at once, is in hand until its folder is cleared.
        """
        in_hand = {*self._in_hand.copy(), *self._ahead.in_hand(), *self._elsewhere.jobs(), *self._unreachable.jobs()}
        if not self._silent:
            return in_hand
        queued = self._ledger.jobs.select((State.QUEUED,), owner=self._owner)
        return {*in_hand, *(job.id for job in queued if self._silent.covers(job.path))}

    def _restore(self, job: Job) -> None:
        """Hand a job to the restoration threads; at a stop the ledger keeps it for the next start."""
        while not self._stopping.is_set():
            with contextlib.suppress(queue.Full):
                self._to_restore.put(job, timeout=CHECK)
                return

    def _restore_loop(self) -> None:
        while not self._stopping.is_set() and not self._restorers.is_replaced():
            try:
                job = self._next_to_restore()
            except queue.Empty:
                continue
            if job is None:
                return
            if self._silent.covers(job.path):
                self._set_aside.append(job)
                continue
            with self._restorers.at(job.path):
                self._guarded(job, functools.partial(self._restoration.run, job))
            # A job that waited for this one's result may begin now.
            self.wake_if_queued()

    def _next_to_restore(self) -> Job | None:
        """Return the next job: first those whose folders answer again. None: a stop; raises queue.Empty after `CHECK`."""
        with contextlib.suppress(IndexError):
            for _ in range(len(self._set_aside)):
                job = self._set_aside.popleft()
                if not self._silent.covers(job.path):
                    return job
                self._set_aside.append(job)
        return self._to_restore.get(timeout=CHECK)

    def _stop_for(self, job: Job) -> Stop:
        """Return when to stop a job: a free conversion ends at once; a paid answer under way is taken in, as it is paid for."""
        backend = self._planner.backend_named(job.backend)
        paid = backend is not None and backend.paid

        def stopped() -> bool:
            return job.id in self._stop_jobs or self._stopping.is_set()

        return Stop(before_next=stopped, while_waiting=lambda: not paid and stopped())

    def _guarded(self, job: Job, step: Callable[[], Job | None]) -> Job | None:
        """Run a step; whatever goes wrong becomes the job's outcome. None when the job goes no further."""
        self._in_hand.add(job.id)
        try:
            if job.id in self._stop_jobs:
                raise Cancelled("cancelled", where=str(job.path))
            done = step()
            self._unreachable.answered(job)
            return done
        except Exception as failure:
            error = unless_unreachable(self._unless_stopping(job, failure), job.path)
            self._log_failure(job, error)
            if isinstance(error, NoAnswer):
                self._unreachable.add(job, error)
            else:
                self._unreachable.answered(job)
            try:
                self._ending.end(job, error, cancel_requested=job.id in self._stop_jobs)
            except Exception:
                log.exception("job %s: its end could not be stored", job.id)
        finally:
            self._in_hand.discard(job.id)
        return None

    def _unless_stopping(self, job: Job, error: Exception) -> Exception:
        """Return the error; at a stop, a backend that fails at no cost may have been ended by the same signal: the take waits."""
        free = isinstance(error, PluginError) or (isinstance(error, BackendError) and error.billed is False)
        return Cancelled("takevoice stops", where=str(job.path)) if free and self._stopping.is_set() else error

    def _log_failure(self, job: Job, error: Exception) -> None:
        if not isinstance(error, TakevoiceError):
            log.exception("job %s: unexpected failure", job.id)
        elif isinstance(error, LedgerError):
            log.error("%s", error)

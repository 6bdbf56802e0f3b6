"""The threads of the worker: a few talk to the backend, two restore and publish, one minds what people ask."""

from __future__ import annotations

import contextlib
import functools
import logging
import queue
import threading
import time
from collections.abc import Callable

from takevoice.errors import (
    BackendError,
    Cancelled,
    LedgerError,
    LowCorrelation,
    SpendingLimitExceeded,
    TakevoiceError,
    printable,
)
from takevoice.jobs import Job, State
from takevoice.pipeline import conversion as steps
from takevoice.pipeline.charges import OutcomeUnknown, in_doubt, unresolved_requests, what_to_do
from takevoice.pipeline.segments import Slots, Stop
from takevoice.pipeline.services import Services, failure, fault
from takevoice.process_lock import is_locked

log = logging.getLogger("takevoice")

RESTORERS = 2
PATIENCE = 8.0  # seconds for paid answers under way when it stops, of the ten that a stop may take
LOOK = 0.3  # seconds between two looks whether to stop
MIND_EVERY = 0.3  # seconds between two looks for what other processes wrote into the ledger


class WorkerPool:
    """Works on the runner's queued jobs, `conversions` at once. The ledger holds those that wait."""

    def __init__(self, context: Services, conversions: int, found: Callable[[Job], None]) -> None:
        """`found` is given the jobs that somebody starts again."""
        self._context, self._found = context, found
        self._slots = Slots(conversions)
        self._bell = threading.Condition()
        self._rung = 0
        self._stop_jobs: set[int] = set()
        self._restore: queue.Queue[Job] = queue.Queue(maxsize=2 * conversions)
        self._threads = [
            threading.Thread(target=self._convert_loop, name=f"convert-{n}", daemon=True)
            for n in range(conversions)
        ]
        self._restorers = [
            threading.Thread(target=self._restore_loop, name=f"restore-{n}", daemon=True)
            for n in range(RESTORERS)
        ]
        self._minder = threading.Thread(target=self._mind_loop, name="minder", daemon=True)

    def start(self, interrupted: list[Job]) -> None:
        """Starts; `interrupted` are the jobs that were being restored when an earlier run ended."""
        for thread in (*self._threads, *self._restorers, self._minder):
            thread.start()
        for job in interrupted:
            self._hand_on(job)

    def ring(self) -> None:
        """Says that there may be a queued job."""
        with self._bell:
            self._rung += 1
            self._bell.notify_all()

    def stop(self) -> None:
        """Stops: jobs under way at a free backend go back to the queue, paid ones get PATIENCE.

        A paid one that takes longer is left as it is: the next start holds it for a person.
        """
        self._context.stopping.set()
        self.ring()
        deadline = time.monotonic() + PATIENCE
        for thread in filter(threading.Thread.is_alive, (*self._threads, self._minder, *self._restorers)):
            thread.join(max(0.0, deadline - time.monotonic()))

    def _convert_loop(self) -> None:
        context = self._context
        while not context.stopping.is_set():
            with self._bell:
                rung = self._rung
            job = None if context.paused.is_set() else context.stored(self._claim)
            if job is None:
                with self._bell:
                    if self._rung == rung and not context.stopping.is_set():
                        self._bell.wait(5.0)
                continue
            context.tell(job)
            step = functools.partial(steps.convert, context, job, self._slots, self._going_on(job))
            done = self._guarded(job, step)
            if done is not None:
                self._hand_on(done)

    def _claim(self) -> Job | None:
        context = self._context
        closed, aside = context.closed.now(), context.closed.aside()
        job = context.ledger.claim(context.runner, self._alive, closed, aside)
        # Those that a backend refused have their turn after the others.
        return context.ledger.claim(context.runner, self._alive, closed) if job is None and aside else job

    def _alive(self, runner: str) -> bool:
        return is_locked(self._context.state_dir / "runners" / runner)

    def _hand_on(self, job: Job) -> None:
        """To the restorers; at a stop the ledger keeps it for the next start."""
        while not self._context.stopping.is_set():
            with contextlib.suppress(queue.Full):
                self._restore.put(job, timeout=LOOK)
                return

    def _restore_loop(self) -> None:
        while not self._context.stopping.is_set():
            try:
                job = self._restore.get(timeout=LOOK)
            except queue.Empty:
                continue
            self._guarded(job, functools.partial(steps.restore_and_publish, self._context, job))
            # One that waited for this job's result may go on now.
            self.ring()

    def _mind_loop(self) -> None:
        """Other processes retry and cancel by writing into the ledger."""
        seen = -1
        while not self._context.stopping.wait(MIND_EVERY):
            try:
                version = self._context.ledger.version()
                if version != seen:
                    self._mind()
                    seen = version
            except Exception as error:
                log.debug("the ledger cannot be read now: %s", error, exc_info=True)

    def _mind(self) -> None:
        self._stop_jobs = self._context.ledger.asked_to_stop()
        for job in self._context.ledger.jobs([State.FOUND], runner=self._context.runner):
            self._found(job)
        self.ring()

    def _going_on(self, job: Job) -> Stop:
        """A stop ends what is free at once; what is paid is waited for, unless a person cancels it."""
        stopping = self._context.stopping.is_set
        backend = self._context.backend(job.backend)
        paid = backend is not None and backend.paid
        return Stop(
            begin=lambda: job.id in self._stop_jobs or stopping(),
            wait=lambda: job.id in self._stop_jobs or (stopping() and not paid),
        )

    def _guarded(self, job: Job, step: Callable[[], Job | None]) -> Job | None:
        """Runs a step; whatever goes wrong becomes the job's state. None when the job has ended."""
        try:
            return self._tried(job, step)
        except Exception:
            log.exception("job %s: unexpected failure", job.id)
            return None

    def _tried(self, job: Job, step: Callable[[], Job | None]) -> Job | None:
        try:
            if job.id in self._stop_jobs:
                raise Cancelled("cancelled", where=str(job.path))
            return step()
        except Cancelled:
            self._back(job, "takevoice was stopped")
        except (LowCorrelation, SpendingLimitExceeded) as error:
            self._end(job, State.HELD, error.code, failure(job, error))
        except BackendError as error:
            if error.blocks and self._context.patient:
                self._context.closed.close(job.backend, error, job.id)
                self._back(job, error.code)
            else:
                self._end_refused(job, error)
        except LedgerError as error:
            log.error("%s", error)
            self._end(job, State.FAILED, error.code, failure(job, error))
        except TakevoiceError as error:
            self._end(job, State.FAILED, error.code, failure(job, error))
        except Exception as error:
            log.exception("job %s: unexpected failure", job.id)
            self._end(job, State.FAILED, "bug", fault(job, error))
        return None

    def _end_refused(self, job: Job, error: BackendError) -> None:
        if in_doubt(error):
            self._end(job, State.HELD, error.code, f"{failure(job, error)}; {_may_be_paid(job)}")
        else:
            self._end(job, State.FAILED, error.code, failure(job, error))

    def _back(self, job: Job, detail: str) -> None:
        """To the queue, unless a person has cancelled it, or something was sent that nobody knows the outcome of."""
        ledger = self._context.ledger

        def write() -> Job:
            if job.id in self._stop_jobs or job.id in ledger.asked_to_stop():
                return self._ended(job, State.CANCELLED, "", "")
            if unresolved_requests(self._context, job):
                return self._ended(
                    job, State.HELD, OutcomeUnknown.code, f"{job.path}: {detail}; {_may_be_paid(job)}"
                )
            ledger.account.give_back(job.id)
            return ledger.change(job.id, State.QUEUED, detail=detail, progress=0.0)

        self._tell_end(self._context.stored(write))

    def _end(self, job: Job, state: State, code: str, text: str) -> None:
        self._tell_end(self._context.stored(lambda: self._ended(job, state, code, text)))

    def _ended(self, job: Job, state: State, code: str, text: str) -> Job:
        """Stores the end; what failed after it was sent is held."""
        if state is State.FAILED and unresolved_requests(self._context, job):
            state, code, text = State.HELD, OutcomeUnknown.code, f"{text}; {_may_be_paid(job)}"
        self._context.ledger.account.give_back(job.id)
        return self._context.ledger.change(job.id, state, error_code=code, error=printable(text))

    def _tell_end(self, job: Job | None) -> None:
        if job is None or job.state is State.QUEUED:
            return
        keep = True  # what was received is used again; of a cancelled job only what was paid for
        with contextlib.suppress(LedgerError):
            keep = job.state is not State.CANCELLED or self._context.ledger.has_paid(job.id)
        self._context.work.clear(job, keep_received=keep)
        self._context.tell(job)


def _may_be_paid(job: Job) -> str:
    return f"it may be paid for: {what_to_do(job)}"

"""The threads of the worker: a few talk to the backend, two restore and publish, one minds what people ask."""

from __future__ import annotations

import functools
import logging
import queue
import threading
import time
from collections.abc import Callable

from takevoice.errors import (
    Cancelled,
    LedgerError,
    NotAlike,
    StorageError,
    TakevoiceError,
    UnknownJob,
    one_line,
)
from takevoice.jobs import Job, State
from takevoice.worker import steps
from takevoice.worker.context import Context, failure, fault
from takevoice.worker.requests import Slots

log = logging.getLogger("takevoice")

RESTORERS = 2
MIND_EVERY = 0.3  # seconds between two looks for what other processes wrote into the ledger
LEDGER_PAUSE = 2.0  # seconds before a change that could not be stored is tried again


class Worker:
    """Works on the runner's queued jobs, `conversions` at once. The ledger holds those that wait."""

    def __init__(self, context: Context, conversions: int, found: Callable[[Job], None]) -> None:
        """`found` is given the jobs that somebody starts again."""
        self._context, self._found = context, found
        self._slots = Slots(conversions)
        self._bell = threading.Condition()
        self._rung = 0
        self._stop_jobs: set[int] = set()
        self._restore: queue.Queue[Job | None] = queue.Queue(maxsize=2 * conversions)
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
            self._restore.put(job)

    def ring(self) -> None:
        """Says that there may be a queued job."""
        with self._bell:
            self._rung += 1
            self._bell.notify_all()

    def stop(self, patience: float = 10.0) -> None:
        """Stops: jobs under way at a free backend go back to the queue, paid ones get `patience` seconds."""
        self._context.stopping.set()
        self.ring()
        deadline = time.monotonic() + patience
        for thread in filter(threading.Thread.is_alive, (*self._threads, self._minder)):
            thread.join(max(0.1, deadline - time.monotonic()))
        for _ in self._restorers:
            self._restore.put(None)
        for thread in filter(threading.Thread.is_alive, self._restorers):
            thread.join(max(0.1, deadline - time.monotonic()))

    def _convert_loop(self) -> None:
        context = self._context
        while not context.stopping.is_set():
            with self._bell:
                rung = self._rung
            job = (
                None
                if context.paused.is_set()
                else self._stored(lambda: context.ledger.claim(context.runner))
            )
            if job is None:
                with self._bell:
                    if self._rung == rung and not context.stopping.is_set():
                        self._bell.wait(5.0)
                continue
            context.tell(job)
            stop = functools.partial(self._should_stop, job)
            done = self._guarded(job, functools.partial(steps.convert, context, job, self._slots, stop))
            if done is not None:
                self._restore.put(done)

    def _restore_loop(self) -> None:
        while (job := self._restore.get()) is not None:
            if not self._context.stopping.is_set():
                self._guarded(job, functools.partial(steps.restore_and_publish, self._context, job))
            # One that waited for this job's result may go on now.
            self.ring()

    def _mind_loop(self) -> None:
        """Other processes retry and cancel by writing into the ledger."""
        seen = -1
        while not self._context.stopping.wait(MIND_EVERY):
            version = self._context.ledger.version()
            if version != seen:
                seen = version
                self._stop_jobs = self._context.ledger.asked_to_stop()
                for job in self._context.ledger.jobs([State.FOUND], runner=self._context.runner):
                    self._found(job)
                self.ring()

    def _should_stop(self, job: Job) -> bool:
        return job.id in self._stop_jobs or self._context.stopping.is_set()

    def _guarded(self, job: Job, step: Callable[[], Job]) -> Job | None:
        """Runs a step; whatever goes wrong becomes the job's state. None when the job has ended."""
        try:
            if job.id in self._stop_jobs:
                raise Cancelled("cancelled", where=str(job.path))
            return step()
        except Cancelled:
            if job.id in self._stop_jobs:
                self._end(job, State.CANCELLED, "", "")
            else:
                self._stored(
                    lambda: self._context.ledger.change(
                        job.id, State.QUEUED, detail="takevoice was stopped", progress=0.0
                    )
                )
        except NotAlike as error:
            self._end(job, State.HELD, error.code, failure(job, error))
        except LedgerError as error:
            log.error("%s", error)
            self._end(job, State.FAILED, error.code, failure(job, error))
        except TakevoiceError as error:
            self._end(job, State.FAILED, error.code, failure(job, error))
        except Exception as error:
            log.exception("job %s: unexpected failure", job.id)
            self._end(job, State.FAILED, "bug", fault(job, error))
        return None

    def _end(self, job: Job, state: State, code: str, text: str) -> None:
        job_now = self._stored(
            lambda: self._context.ledger.change(job.id, state, error_code=code, error=one_line(text))
        )
        self._context.work.clear(job, keep_received=state in (State.FAILED, State.HELD))
        if job_now is not None:
            self._context.tell(job_now)

    def _stored(self, write: Callable[[], Job | None]) -> Job | None:
        """Stores a change, again and again while the ledger cannot be written; None when it came to nothing."""
        told = False
        while True:
            try:
                return write()
            except UnknownJob as error:
                log.warning("%s", error)
                return None
            except (LedgerError, StorageError) as error:
                if not told:
                    log.error("%s; trying again every %.0f s", error, LEDGER_PAUSE)
                told = True
            if self._context.stopping.wait(LEDGER_PAUSE):
                return None

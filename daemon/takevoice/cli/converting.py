"""Converting files at once, in the command's own process, for `convert` and `demo`."""

from __future__ import annotations

import threading
import uuid
from pathlib import Path
from types import TracebackType

from takevoice.jobs import Job, State
from takevoice.ledger.ledger import Ledger
from takevoice.ledger.reader import LEDGER_NAME
from takevoice.pipeline.intake import FileChanged, Intake, RetryLater
from takevoice.pipeline.planning import JobOptions
from takevoice.pipeline.publishing import DefaultSteps
from takevoice.pipeline.services import Services
from takevoice.process_lock import ProcessLock
from takevoice.service.daemon import conversions, new_run
from takevoice.service.environment import Environment
from takevoice.service.worker_pool import WorkerPool

LOOK_EVERY = 0.5  # seconds between two looks into the ledger


def ended(job: Job) -> bool:
    """True when nothing more happens without a person."""
    return job.state.final or job.state is State.HELD


class Converter:
    """A worker for one command. If the command is killed, the next `takevoice run` finishes its jobs."""

    def __init__(self, environment: Environment) -> None:
        self._runner = f"command-{uuid.uuid4().hex[:12]}"
        self._lease_path = environment.state / "runners" / self._runner
        self._lease = ProcessLock(self._lease_path)
        self._ledger = Ledger(environment.state / LEDGER_NAME)
        self._changed = threading.Condition()
        self._ended: dict[int, Job] = {}
        self._context = Services(
            self._ledger,
            environment.plugins,
            environment.loaded,
            environment.state,
            self._runner,
            [self._note],
            patient=False,
            run=new_run(),
        )
        environment.plugins.register("default", DefaultSteps(self._ledger, environment.state), "takevoice")
        self._intake = Intake(self._context)
        self._worker = WorkerPool(self._context, conversions(environment.loaded), found=lambda _: None)

    def __enter__(self) -> Converter:
        self._worker.start([])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._worker.stop()
        self._ledger.close()
        self._lease.release()
        if error is None:
            self._lease_path.unlink(missing_ok=True)

    def submit(self, path: Path, wish: JobOptions) -> Job:
        """Queues a file; `wait` tells how its job ended."""
        job = self._ledger.add(
            path, State.FOUND, origin="command", runner=self._runner, settings=wish.as_settings()
        )
        try:
            self._intake.take_up(job, wish)
        except (FileChanged, RetryLater) as error:
            cause = error.__cause__ or error
            failed = self._ledger.finish_looking(
                job.id, State.FAILED, None, error_code=getattr(cause, "code", "bug"), error=str(cause)
            )
            self._context.tell(failed)
        self._worker.ring()
        return job

    def finished(self, path: Path, wish: JobOptions) -> Job | None:
        """The job that has made the same before, if its result is still there; raises TakevoiceError for a bad file."""
        return self._intake.finished(path, wish)

    def wait(self, job: Job) -> Job:
        """Waits until the job has ended, and returns it as it ended."""
        while True:
            with self._changed:
                if self._changed.wait_for(lambda: job.id in self._ended, timeout=LOOK_EVERY):
                    return self._ended[job.id]
            # Another process may have cancelled it while it was waiting.
            now = self._ledger.job(job.id)
            if ended(now):
                return now

    def is_ours(self, path: Path) -> bool:
        """True for a result of ours; raises TakevoiceError for a bad file."""
        return self._intake.is_ours(path)

    def _note(self, job: Job) -> None:
        if ended(job):
            with self._changed:
                self._ended[job.id] = job
                self._changed.notify_all()

"""What every step of the worker shares."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from takevoice.errors import TakevoiceError, one_line
from takevoice.jobs import Fingerprint, Job, State
from takevoice.ledger.ledger import Ledger
from takevoice.plugins import Plugins
from takevoice.settings import Loaded
from takevoice.worker.workdir import WorkDir

log = logging.getLogger("takevoice")


@dataclass(frozen=True)
class Dropped:
    """A job that was taken back. `verdict`: ours, known, refused, gone or changed; `requests` are left without an answer."""

    job: Job
    verdict: str
    why: str
    requests: list[str]
    instead: Job | None = None


@dataclass
class Context:
    """The ledger, the plugins, the settings of the moment, and who wants to hear of changes."""

    ledger: Ledger
    plugins: Plugins
    loaded: Loaded
    state_dir: Path
    runner: str = "daemon"
    observers: list[Callable[[Job], None]] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)
    paused: threading.Event = field(default_factory=threading.Event)
    dropped: list[Callable[[Dropped], None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.work = WorkDir(self.state_dir)

    def tell(self, job: Job) -> Job:
        """Logs a change that has been stored, and tells everybody who wants to know."""
        say = _LINES.get(job.state)
        if say is not None:
            level, text = say
            log.log(level, "%s", text(job))
        for observer in self.observers:
            observer(job)
        self.plugins.job_changed(job)
        return job

    def drop(
        self, job: Job, fingerprint: Fingerprint | None, verdict: str, why: str, instead: Job | None = None
    ) -> None:
        """Takes a job back, and tells those whose requests it was to answer."""
        requests = self.ledger.requests_of(job.id)
        self.ledger.drop(
            job.id,
            path=job.path,
            fingerprint=fingerprint,
            verdict=verdict,
            instead=instead.id if instead else None,
        )
        for tell in self.dropped:
            tell(Dropped(job, verdict, why, requests, instead))


def failure(job: Job, error: TakevoiceError) -> str:
    """The error as a job's: with the take's path, unless it is in it already."""
    path = one_line(job.path)
    return str(error) if path in str(error) else f"{path}: {error}"


def fault(job: Job, error: Exception) -> str:
    """An unexpected error as a job's: one line, the traceback is in the log."""
    return f"{one_line(job.path)}: {type(error).__name__}: {error}; this is a fault of takevoice, the log has the details"


def _done(job: Job) -> str:
    assert job.output is not None
    return f"{one_line(job.path.name)} -> {one_line(job.output)} (voice {job.voice}, job {job.id})"


_LINES: dict[State, tuple[int, Callable[[Job], str]]] = {
    State.QUEUED: (logging.DEBUG, lambda job: f"{one_line(job.path.name)} is queued (job {job.id})"),
    State.CONVERTING: (
        logging.INFO,
        lambda job: (
            f"{one_line(job.path.name)}: {job.seconds:.1f} s, converting to {job.voice} with {job.backend} (job {job.id})"
        ),
    ),
    State.DONE: (logging.INFO, _done),
    State.FAILED: (logging.ERROR, lambda job: f"{one_line(job.error)} (job {job.id} failed)"),
    State.HELD: (logging.WARNING, lambda job: f"{one_line(job.error)} (job {job.id} is held)"),
    State.CANCELLED: (logging.INFO, lambda job: f"{one_line(job.path.name)} is cancelled (job {job.id})"),
}

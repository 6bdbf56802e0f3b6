"""What every step of the worker shares."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from takevoice.errors import LedgerError, StorageError, TakevoiceError, UnknownJob, printable
from takevoice.jobs import FileVersion, Job, State
from takevoice.ledger.ledger import Ledger
from takevoice.pipeline.circuit import CircuitBreaker
from takevoice.pipeline.workdir import WorkDir
from takevoice.plugins.manager import Plugins
from takevoice.settings import LoadedConfig
from takevoice.voices import Backend

log = logging.getLogger("takevoice")

LEDGER_PAUSE = 2.0  # seconds before a change that could not be stored is tried again


@dataclass(frozen=True)
class Withdrawal:
    """A job that was taken back. `verdict`: ours, known, refused, gone or changed; `requests` are left without an answer."""

    job: Job
    verdict: str
    why: str
    requests: list[str]
    instead: Job | None = None


@dataclass
class Services:
    """The ledger, the plugins, the settings of the moment, and who wants to hear of changes."""

    ledger: Ledger
    plugins: Plugins
    loaded: LoadedConfig
    state_dir: Path
    runner: str = "daemon"
    observers: list[Callable[[Job], None]] = field(default_factory=list)
    patient: bool = True  # waits while the backend is closed (no credits, a wrong key), instead of failing
    run: str = ""  # names this run, for what it may spend
    stopping: threading.Event = field(default_factory=threading.Event)
    paused: threading.Event = field(default_factory=threading.Event)
    dropped: list[Callable[[Withdrawal], None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.work = WorkDir(self.state_dir)
        self.closed = CircuitBreaker()

    def backend(self, name: str) -> Backend | None:
        """The backend of that name."""
        return next((backend for backend in self.plugins.backends() if backend.name == name), None)

    def stored(self, write: Callable[[], Job | None]) -> Job | None:
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
            if self.stopping.wait(LEDGER_PAUSE):
                return None

    def tell(self, job: Job) -> Job:
        """Logs a change that has been stored, and tells everybody who wants to know."""
        say = _LINES.get(job.state)
        if say is not None and job.error_code != MANY:  # those are told together
            level, text = say
            log.log(level, "%s", text(job))
        for observer in self.observers:
            observer(job)
        self.plugins.job_changed(job)
        return job

    def drop(
        self, job: Job, version: FileVersion | None, verdict: str, why: str, instead: Job | None = None
    ) -> None:
        """Takes a job back, and tells those whose requests it was to answer."""
        requests = self.ledger.requests_of(job.id)
        self.ledger.drop(
            job.id,
            path=job.path,
            version=version,
            verdict=verdict,
            instead=instead.id if instead else None,
        )
        for tell in self.dropped:
            tell(Withdrawal(job, verdict, why, requests, instead))


MANY = "many"
"""The error code of takes that wait for a word because there are many, or were there before."""


def failure(job: Job, error: TakevoiceError) -> str:
    """The error as a job's: with the take's path, unless it is in it already."""
    path = printable(job.path)
    return str(error) if path in str(error) else f"{path}: {error}"


def fault(job: Job, error: Exception) -> str:
    """An unexpected error as a job's: one line, the traceback is in the log."""
    return f"{printable(job.path)}: {type(error).__name__}: {error}; this is a fault of takevoice, the log has the details"


def _done(job: Job) -> str:
    assert job.output is not None
    return f"{printable(job.path.name)} -> {printable(job.output)} (voice {job.voice}, job {job.id})"


_LINES: dict[State, tuple[int, Callable[[Job], str]]] = {
    State.QUEUED: (logging.DEBUG, lambda job: f"{printable(job.path.name)} is queued (job {job.id})"),
    State.CONVERTING: (logging.DEBUG, lambda job: f"{printable(job.path.name)} is begun (job {job.id})"),
    State.DONE: (logging.INFO, _done),
    State.FAILED: (logging.ERROR, lambda job: f"{printable(job.error)} (job {job.id} failed)"),
    State.HELD: (logging.WARNING, lambda job: f"{printable(job.error)} (job {job.id} is held)"),
    State.CANCELLED: (logging.INFO, lambda job: f"{printable(job.path.name)} is cancelled (job {job.id})"),
}

"""The daemon on one screen: everything is put together here, started in order and stopped in reverse."""

from __future__ import annotations

import logging
import os
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

from takevoice import audio
from takevoice.backends import choose_backend
from takevoice.errors import ConfigError, TakevoiceError, printable
from takevoice.jobs import Job, State
from takevoice.ledger.ledger import Ledger
from takevoice.ledger.reader import LEDGER_NAME
from takevoice.pipeline.hold_policy import HoldPolicy
from takevoice.pipeline.intake import Intake
from takevoice.pipeline.publishing import DefaultSteps
from takevoice.pipeline.recovery import recover
from takevoice.pipeline.services import Services
from takevoice.process_lock import ProcessLock, is_locked
from takevoice.service.environment import Environment
from takevoice.service.intake_queue import IntakeQueue
from takevoice.service.osc.handlers import OscHandlers
from takevoice.service.worker_pool import PATIENCE, WorkerPool
from takevoice.settings import LoadedConfig, watch_root
from takevoice.watch import Root, Watcher, prepare_process

log = logging.getLogger("takevoice")

RUNNER = "daemon"
POLL = 0.2  # seconds between two looks at whether everything is done
MAX_DEFAULT_CONVERSIONS = 4


def conversions(loaded: LoadedConfig) -> int:
    """How many takes are converted at once."""
    return loaded.settings.conversions or min(MAX_DEFAULT_CONVERSIONS, os.cpu_count() or 1)


def new_run() -> str:
    """A name for this run, for what it may spend."""
    return uuid.uuid4().hex[:12]


def roots(loaded: LoadedConfig) -> list[Root]:
    """The watched folders of a config."""
    return [
        Root(watch_root(watch, loaded.path), watch.recursive, watch.ignore, watch.poll)
        for watch in loaded.settings.watch
    ]


class Daemon:
    """Watches, converts and publishes until it is told to stop."""

    def __init__(
        self,
        environment: Environment,
        observers: Sequence[Callable[[Job], None]] = (),
        osc_port: int | None = None,
        *,
        once: bool = False,
    ) -> None:
        """`osc_port` goes before the config's. `once`: it is to end, so it waits for nobody.

        Raises ConfigError when another daemon uses the state dir or nothing is to be watched, BackendUnavailable
        when nobody can convert, LedgerError when the ledger cannot be opened."""
        if not environment.loaded.settings.watch:
            raise ConfigError(
                "there is no folder to watch",
                hint="name one, `takevoice run FOLDER`, or write a config with `takevoice init`",
            )
        self._backend = choose_backend(environment.loaded.settings.backend, environment.plugins.backends())
        self._workplace = environment
        self._lease = ProcessLock(environment.state / "runners" / RUNNER)
        self.ledger = Ledger(environment.state / LEDGER_NAME)
        self.context = Services(
            self.ledger,
            environment.plugins,
            environment.loaded,
            environment.state,
            RUNNER,
            list(observers),
            patient=not once,
            run=new_run(),
        )
        defaults = DefaultSteps(self.ledger, environment.state)
        environment.plugins.register("default", defaults, "takevoice")
        settings = environment.loaded.settings
        self._holds = holds = HoldPolicy(self.context, asked_for=once)
        self._desk = IntakeQueue(
            self.context,
            Intake(self.context, holds),
            holds,
            queued=lambda: self._worker.ring(),
            revisit=lambda path: self._watcher.revisit(path),
        )
        self._worker = WorkerPool(self.context, conversions(environment.loaded), found=self._desk.asked)
        self._watcher = Watcher(
            self._desk,
            roots(environment.loaded),
            suffixes=audio.SUFFIXES,
            completeness=audio.completeness,
            quiet=settings.settle.quiet,
            give_up=settings.settle.give_up,
            interval=settings.scan,
            without=[environment.state],
        )
        self._osc_port = osc_port
        self.osc = OscHandlers(
            self.context,
            asked=self._desk.asked,
            announce=self._watcher.announce,
            ring=self._worker.ring,
        )
        self._reloader = Reloader(environment.config, self._reload)
        self._defaults = defaults

    left = ""
    """After the stop: how many takes the next start goes on with, in words."""

    def start(self) -> None:
        """Starts in order: what was left behind first, then the worker, the intake, the watching."""
        prepare_process()
        log.info("converting with %s: %s", self._backend.name, self._backend.detail)
        self._adopt_orphans()
        self._worker.start(recover(self.context, self._defaults))
        self._desk.start()
        self._watcher.start()
        if self.context.loaded.settings.osc.enabled:
            self.osc.start(self._osc_port)
        self._reloader.start()
        for root in roots(self.context.loaded):
            log.info("watching %s%s", printable(root.path), "" if root.path.is_dir() else " (not there yet)")

    def stop(self) -> None:
        """Stops in reverse order."""
        self.context.stopping.set()
        if paid := self._paid_under_way():
            log.info("stopping; %d paid conversions under way get %.0f s to finish", paid, PATIENCE)
        self._reloader.stop()
        self.osc.stop()
        self._watcher.stop()
        self._desk.stop()
        self._worker.stop()
        waiting = len(self.ledger.jobs((State.QUEUED, State.CONVERTING, State.RESTORING), runner=RUNNER))
        self.left = f"{waiting} take{'s' if waiting > 1 else ''}" if waiting else ""
        self.ledger.close()
        self._lease.release()

    def finish(self, stopped: threading.Event) -> None:
        """Waits until everything that is there is converted, or until `stopped`."""
        while not stopped.wait(POLL):
            if self._watcher.idle() and self._desk.idle() and not self.ledger.unfinished(RUNNER):
                self._holds.announce()
                return

    def _paid_under_way(self) -> int:
        backends = {backend.name for backend in self._workplace.plugins.backends() if backend.paid}
        jobs = self.ledger.jobs((State.CONVERTING,), runner=RUNNER)
        return sum(job.backend in backends for job in jobs)

    def lost_roots(self) -> list[Path]:
        """The watched folders that are not there."""
        return [root.path for root in roots(self.context.loaded) if not root.path.is_dir()]

    def _adopt_orphans(self) -> None:
        """Takes over the jobs of `takevoice convert` commands that were killed."""
        for runner in self.ledger.runners() - {RUNNER}:
            path = self.context.state_dir / "runners" / runner
            if is_locked(path):
                continue  # it is still at work
            self.ledger.adopt(runner, RUNNER)
            path.unlink(missing_ok=True)

    def _reload(self, path: Path) -> None:
        try:
            loaded = self._workplace.reload()
        except ConfigError as error:
            for problem in error.problems:
                log.error("the changed config cannot be used, the old one stays: %s", problem)
            return
        except TakevoiceError as error:
            log.error("the changed config cannot be used, the old one stays: %s", error)
            return
        known = self.context.loaded.path is not None
        self.context.loaded = loaded
        self.context.closed.open()
        self.ledger.forget_refused()
        settings = loaded.settings
        self._watcher.reconfigure(
            roots(loaded),
            quiet=settings.settle.quiet,
            give_up=settings.settle.give_up,
            interval=settings.scan,
        )
        log.info("%s is %s", printable(path), "read again" if known else "used from now on")


class Reloader:
    """Looks now and then whether the config has changed, or has appeared."""

    EVERY = 1.0  # seconds

    def __init__(self, find: Callable[[], Path | None], changed: Callable[[Path], None]) -> None:
        self._find, self._changed = find, changed
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reloader", daemon=True)
        self._seen = self._version()

    def start(self) -> None:
        """Starts looking."""
        self._thread.start()

    def stop(self) -> None:
        """Stops looking."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(5)

    def _version(self) -> tuple[Path, int, int] | None:
        try:
            path = self._find()
            status = path.stat() if path else None
        except OSError:
            return None
        return (path, status.st_mtime_ns, status.st_size) if path and status else None

    def _run(self) -> None:
        while not self._stop.wait(self.EVERY):
            version = self._version()
            if version is None or version == self._seen:
                continue
            # An editor may still be writing it.
            time.sleep(0.1)
            self._seen = self._version()
            try:
                self._changed(version[0])
            except Exception:
                log.exception("the changed config could not be taken over")

"""The daemon on one screen: everything is put together here, started in order and stopped in reverse."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from takevoice import audio
from takevoice.errors import BackendPending, ConfigError, TakevoiceError, printable
from takevoice.files import is_there
from takevoice.holds import HoldReason
from takevoice.jobs import ACTIVE, Disposition, Job, State
from takevoice.ledger import Ledger
from takevoice.pipeline import decisions
from takevoice.pipeline.decisions import DAEMON
from takevoice.pipeline.done_folder import DoneFolder
from takevoice.pipeline.events import Events, Withdrawal
from takevoice.pipeline.held_report import HeldReport
from takevoice.pipeline.outcome import GONE
from takevoice.service.config_reload import ConfigReloader
from takevoice.service.drained import BatchWatch
from takevoice.service.ended_commands import EndedCommands
from takevoice.service.ended_elsewhere import EndedElsewhere
from takevoice.service.environment import PROMPT, Environment
from takevoice.service.folder_jobs import FolderJobs
from takevoice.service.handover.service import HandoverService
from takevoice.service.loading import LoadAhead
from takevoice.service.notices import NETWORK, Notices
from takevoice.service.office import Office
from takevoice.service.osc.result_files import ResultFiles
from takevoice.service.osc.service import OscService
from takevoice.service.pausing import Pausing
from takevoice.service.plugin_services import PluginServices
from takevoice.service.problem_file import ProblemFile
from takevoice.service.request_ends import RequestEnds
from takevoice.service.running import RunningSession
from takevoice.service.session import Session
from takevoice.service.verbs import Verbs
from takevoice.service.watched_roots import roots
from takevoice.system.patience import NoAnswer, within, without_answer
from takevoice.system.writers import prepare_process
from takevoice.voices import Backend
from takevoice.watch import Watcher

log = logging.getLogger("takevoice")

FIRST_LOOK, LOOK = 2.0, 0.005  # seconds, at most, for the first looks; between two checks
POLL = 0.2  # seconds between two checks whether everything is done


class Daemon:
    """Watches, converts and publishes until it is stopped."""

    def __init__(
        self,
        environment: Environment,
        osc_port: int | None = None,
        *,
        once: bool = False,
        existing_too: bool = False,
        attended: bool = False,
        needs_folder: bool = True,
    ) -> None:
        """`osc_port` overrides the config's. `once`: it is to end, so takes do not wait for a backend. `existing_too`: takes
        that were there before are converted too. `attended`: a person waits for the end at a terminal. `needs_folder`: without a
        folder to watch, it does not start.

        Raises:
            ConfigError: another daemon uses the state dir, or there is no folder to watch.
            BackendUnavailable: no backend can convert.
            LedgerError: the ledger cannot be opened.
        """
        settings = environment.config.settings
        if needs_folder and not settings.watch:
            raise ConfigError(
                "there is no folder to watch",
                hint="name one, `takevoice run FOLDER`, or write a config with `takevoice init`",
            )
        self._environment, self._osc_port = environment, osc_port
        self._existing_too, self._serves = existing_too, not once
        self._session = session = Session(
            environment,
            DAEMON,
            wait_when_unavailable=not once,
            asked_for=once,
            existing_too=existing_too,
            attended=once and attended,
        )
        self._backend: Backend | None = None
        try:
            self._backend = session.planner.backend()
        except BackendPending as error:
            self._pending = str(error)
        except TakevoiceError:
            session.close()
            raise
        self._watcher = Watcher(
            FolderJobs(
                session.ledger,
                session.events,
                session.existing,
                session.holds,
                session.poller,
                DAEMON,
                session.silent,
                session.ahead,
                session.problems,
            ),
            roots(environment.config.loaded),
            suffixes=audio.watched_suffixes(),
            completeness=audio.completeness,
            quiet=settings.settle.quiet,
            give_up=settings.settle.give_up,
            interval=settings.scan,
            moved=settings.settle.moved,
            without=[environment.state.path],
            other_suffixes=audio.other_media.SUFFIXES,
        )
        session.events.subscribe(on_changed=self._revisit_gone, on_withdrawn=self._revisit_changed)
        self._problem_file = ProblemFile(environment.state)
        session.problems.subscribe(self._problem_file.write)
        session.silent.subscribe(on_answers=self._resume_recovery)
        self._ends = RequestEnds(session.ledger, ResultFiles(environment.state.results))
        self._pausing = Pausing(
            session.ledger, session.events, session.pool, session.breaker, session.pacing, session.problems
        )
        self._keeps_pause = not once
        if not once:
            session.poller.subscribe(self._pausing.follow)
        self._reloader = ConfigReloader(environment.config_path, self._reload)
        running = RunningSession(session, self._pausing, self._reloader.look)
        self.office = Office(session.ledger, environment.state, lambda: environment, running)
        verbs = Verbs(environment, session, self._ends, self.office)
        self._handover = HandoverService(environment, session, self._ends, verbs, announce=self._watcher.announce)
        self._osc = OscService(
            environment, session, self._ends, verbs, announce=self._watcher.announce, look=self._handover.look
        )
        session.events.subscribe(on_changed=self._ends.on_changed, on_withdrawn=self._ends.on_withdrawn)
        self._ended_elsewhere = EndedElsewhere(session.ledger, session.events)
        # What a person decides after a change of the config is done with the new one.
        session.poller.before_requests(self._reloader.catch_up)
        self._plugin_services = PluginServices(environment.plugins)
        self._notices = Notices(environment.config, environment.plugins)
        self._batch = BatchWatch(self._is_idle, lambda: environment.config.settings.notices.quiet, self._notices.on_drained, current=session.ledger.jobs.find)
        session.events.subscribe(on_changed=self._batch.on_changed)
        session.housekeeping.look_too(self._batch.look)
        self._ended_commands = EndedCommands(session.ledger, environment.state, session.planner, session.is_alive, session.poller.wake)
        session.housekeeping.look_too(self._ended_commands.look)
        session.events.subscribe(on_changed=DoneFolder(session.ledger, session.planner.names).on_changed)

    _pending = ""
    left = ""
    """After the stop: what the next start does with the takes that are left, in words."""

    @property
    def events(self) -> Events:
        """Notifications of what happens to jobs."""
        return self._session.events

    @property
    def held(self) -> HeldReport:
        """Reports of takes that are held."""
        return self._session.holds.held

    @property
    def ledger(self) -> Ledger:
        """The ledger, until the stop."""
        return self._session.ledger

    def await_backend(self, stopped: threading.Event) -> None:
        """Wait for a backend that is not ready yet; raises BackendUnavailable when it is not ready in time."""
        self._session.await_backend(stopped)
        self._backend = self._session.planner.backend()

    def start(self) -> None:
        """Start in order: what was left behind first, then the workers, the intake, the watching, OSC."""
        prepare_process()
        self._problem_file.write({})  # of a run that was killed
        if self._keeps_pause:
            self._pausing.restore()
        if self._backend is not None:
            log.info("converting with %s: %s", self._backend.name, self._backend.detail)
            if self._backend.warning:
                log.warning("%s: %s", self._backend.name, self._backend.warning)
        else:
            log.warning("%s. Takes wait for it", self._pending)
        self._ended_commands.take_over_all()
        folders = [root.path for root in roots(self._environment.config.loaded)]
        if self._existing_too:
            self._release_existing(folders)
        silent = without_answer(folders, PROMPT)
        for folder in silent:
            self._session.silent.add(folder)
        to_restore = self._session.recover()
        self._session.plan_again()
        self._session.neighbours.announce(folders)
        self._session.start(to_restore)
        self._watcher.start(silent)
        self._ends.catch_up()
        self._handover.start()
        self._ended_elsewhere.start()
        if self._environment.config.settings.osc.enabled:
            self._osc.start(self._osc_port)
        self._reloader.start()
        self._await_first_looks(folders)
        for folder in folders:
            there = folder in silent or _is_there(folder)
            log.info("watching %s%s", printable(folder), "" if there else " (does not exist yet)")
        if self._serves:
            self._plugin_services.start(self.office)
        LoadAhead().start()

    def _await_first_looks(self, folders: Sequence[Path]) -> None:
        """Wait a moment for the first looks: what arrives once "watching" is logged is new."""
        deadline = time.monotonic() + FIRST_LOOK
        while time.monotonic() < deadline and not all(map(self._watcher.has_looked, folders)):
            time.sleep(LOOK)

    def _release_existing(self, folders: Sequence[Path]) -> None:
        """Release what an earlier run holds because it was there before."""
        ledger = self._session.ledger
        for job in ledger.jobs.select((State.HELD,)):
            if job.error_code == HoldReason.OLDER.code and job.root in folders:
                decisions.release(ledger, job.id)

    def release(self, job: int) -> None:
        """Convert a held job: a person says so; raises UnknownJob when it is not held."""
        self.office.release(job)

    def stop(self, *, asked: bool = False) -> None:
        """Stop in reverse order. `asked`: a person or the system wants it; the log says what it waits for."""
        session = self._session
        session.stopping.set()
        if asked:
            log.info("%s", session.waits_for())
        self._reloader.stop()
        self._plugin_services.stop()
        self._ended_elsewhere.stop()
        self._osc.stop()
        self._handover.stop()
        self._watcher.stop()
        session.stop()
        session.holds.held.report(everything=True)
        self.left = self._left()
        self._problem_file.write({})
        self._notices.join(0.5 if asked else NETWORK)
        session.close()

    def _left(self) -> str:
        """Return what the next start does, in words: a request without an answer is held, the rest continues."""
        ledger = self._session.ledger
        jobs = ledger.jobs.select((State.QUEUED, State.CONVERTING, State.RESTORING), owner=DAEMON)
        held = sum(job.state is State.CONVERTING and bool(ledger.charges.unresolved(job.id)) for job in jobs)
        takes = [f"continues with {_takes(len(jobs) - held)}"] if len(jobs) > held else []
        takes += [f"holds {_takes(held)} that may be paid for, as no answer has arrived"] if held else []
        return " and ".join(takes)

    def finish(self, stopped: threading.Event) -> None:
        """Wait until everything that is there is converted, or until `stopped`."""
        session = self._session
        while not stopped.wait(POLL):
            if self._handover.is_idle() and self._watcher.idle() and self._is_idle():
                session.holds.held.report(everything=True)
                self._batch.report()
                return

    def lost_roots(self) -> Sequence[Path]:
        """Return the watched folders that do not exist, or do not answer."""
        folders = [root.path for root in roots(self._environment.config.loaded)]
        return [folder for folder in folders if self._session.silent.covers(folder) or not _is_there(folder)]

    def held_takes(self) -> int:
        """Return how many takes of the watched folders are held, by this run or an earlier one."""
        folders = {root.path for root in roots(self._environment.config.loaded)}
        return sum(job.root in folders for job in self._session.ledger.jobs.select((State.HELD,)))

    def _is_idle(self) -> bool:
        """Return True while no job is on its way."""
        return self._session.poller.is_idle() and self._session.intake_queue.is_idle() and not self._unfinished()

    def _unfinished(self) -> bool:
        """Return True while a job is on its way, but for those of folders that do not answer."""
        jobs, silent = self._session.ledger.jobs, self._session.silent
        if not silent:
            return bool(jobs.unfinished(DAEMON))
        return any(not silent.covers(job.path) for job in jobs.select(ACTIVE, owner=DAEMON))

    def _resume_recovery(self, _root: Path) -> None:
        """Recover what waited for a folder, in a thread of its own: the folder may become silent again."""
        threading.Thread(target=self._session.resume_recovery, name="recovery", daemon=True).start()

    def _revisit_changed(self, withdrawal: Withdrawal) -> None:
        if withdrawal.disposition is Disposition.CHANGED:
            self._watcher.revisit(withdrawal.job.path)

    def _revisit_gone(self, job: Job) -> None:
        """Let a file that went away be found again when it comes back, even if it is the very same."""
        if job.state is State.CANCELLED and job.error_code == GONE:
            self._watcher.revisit(job.path)

    def _reload(self, path: Path) -> None:
        config, session = self._environment.config, self._session
        known = config.loaded.path is not None
        try:
            self._environment.reload()
        except ConfigError as error:
            for problem in error.problems:
                log.error("the changed config cannot be used, the old one stays in force: %s", problem)
            return
        except TakevoiceError as error:
            log.error("the changed config cannot be used, the old one stays in force: %s", error)
            return
        session.breaker.reset()
        session.pacing.try_now()
        session.pool.wake()
        session.ledger.files.delete_rejected()
        settle = config.settings.settle
        watched = roots(config.loaded)
        session.neighbours.announce([root.path for root in watched])
        self._watcher.reconfigure(
            watched,
            quiet=settle.quiet,
            give_up=settle.give_up,
            interval=config.settings.scan,
            moved=settle.moved,
        )
        log.info("%s is %s", printable(path), "read again" if known else "used from now on")
        session.plan_again()
        session.events.settings_changed()


def _takes(count: int) -> str:
    return f"{count} take{'' if count == 1 else 's'}"


def _is_there(folder: Path) -> bool:
    """Return True for a folder that exists; one that does not answer may."""
    try:
        return within(PROMPT, folder, lambda: is_there(folder))
    except NoAnswer:
        return True

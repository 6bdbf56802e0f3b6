"""takevoice run: the daemon in the foreground."""

from __future__ import annotations

import argparse
import logging
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from takevoice.cli import FAILED, OK
from takevoice.cli.common import PlainScreen, environment_of, start_logging
from takevoice.cli.existing_takes import ExistingTakes
from takevoice.errors import ConfigError, LedgerError, TakevoiceError, UnknownJob
from takevoice.holds import HoldReason
from takevoice.jobs import Job, State
from takevoice.paths import StateDir, absolute_path
from takevoice.service.daemon import Daemon
from takevoice.system.process import is_terminal, until_stopped
from takevoice.system.question import can_ask, read_answer

if TYPE_CHECKING:
    from takevoice.cli.live import LiveTable

log = logging.getLogger("takevoice")


WAKE = 0.5  # seconds


class Tally:
    """Counts how the jobs of this run ended."""

    def __init__(self) -> None:
        self.done = self.failed = self.held = 0

    def on_changed(self, job: Job) -> None:
        """Receive a change of a job; a take with candidates counts once, and one of which you are to pick has not failed."""
        if job.is_candidate or job.error_code == HoldReason.PICK.code:
            return
        self.done += job.state is State.DONE
        self.failed += job.state is State.FAILED
        self.held += job.state is State.HELD


def run(args: argparse.Namespace) -> int:
    """Run until stopped, or with --once until everything is converted."""
    try:
        return _run(args)
    except TakevoiceError as error:
        if args.launchd and isinstance(error, ConfigError):
            _log_end(error, args, PlainScreen(times=True), logging.ERROR)
            return OK  # launchd would start takevoice again, and it would end in the same way
        if not is_terminal(sys.stderr):
            # At this level, only to the file: standard error, if there is one, gets the error all the same.
            _log_end(error, args, logging.NullHandler(), logging.DEBUG)
        raise


def _log_end(error: TakevoiceError, args: argparse.Namespace, screen: logging.Handler, level: int) -> None:
    """Log the error that ends takevoice, for the user of a takevoice that was started at login."""
    if not logging.getLogger().handlers:
        with suppress(LedgerError):  # the log cannot be written; the error that ended takevoice matters more
            start_logging(StateDir(args.state), screen)
    log.log(level, "takevoice cannot run: %s", error)


def _run(args: argparse.Namespace) -> int:
    folders = [absolute_path(folder) for folder in args.folders]
    for folder in folders:
        if folder.is_file():
            raise ConfigError(
                "is a file, and run watches folders", where=str(folder), hint="`takevoice convert` converts a file"
            )
    environment = environment_of(args, folders)
    tally = Tally()
    lost: Sequence[Path] = ()
    held = 0
    with ExitStack() as stack:
        live = stack.enter_context(_live_table()) if is_terminal(sys.stderr) else None
        # Nothing rotates the files of launchd and of a process without a console, so only problems go there.
        level = logging.INFO if args.console and not args.launchd else logging.WARNING
        start_logging(environment.state, live.log_handler() if live else PlainScreen(times=True), level)
        attended = is_terminal(sys.stderr) and is_terminal(sys.stdin)
        daemon = Daemon(
            environment,
            args.osc_port,
            once=args.once,
            existing_too=args.existing,
            attended=attended,
            needs_folder=not args.requests,
        )
        daemon.events.subscribe(on_changed=tally.on_changed)
        if live is not None:
            daemon.events.subscribe(on_changed=live.on_changed)
            live.read(daemon.office)
        stopped = stack.enter_context(until_stopped())
        if args.once:
            daemon.await_backend(stopped)
        if live is not None and can_ask() and not args.once:
            stack.enter_context(_asking(daemon, live, stopped))
        try:
            daemon.start()
            if args.once:
                daemon.finish(stopped)
                lost, held = daemon.lost_roots(), daemon.held_takes()
            else:
                while not stopped.wait(WAKE):
                    pass  # on Windows, Ctrl-C is only noticed between two waits
        finally:
            daemon.stop(asked=stopped.is_set())
    if args.once:
        waiting = f", {held} held: `takevoice jobs --held` says why" if held else ""
        log.info("%d converted, %d failed%s", tally.done, tally.failed, waiting)
    else:
        log.info("stopped%s", f"; the next start {daemon.left}" if daemon.left else "")
    return FAILED if (args.once and (tally.failed or tally.held)) or lost else OK


@contextmanager
def _asking(daemon: Daemon, live: LiveTable, stopped: threading.Event) -> Iterator[None]:
    """Ask about takes that were there before, while the daemon runs."""

    def ask(question: str, is_over: Callable[[], bool]) -> str:
        with live.paused() as console:
            # The answer has a line of its own: log lines may come before it.
            console.print(question, markup=False, highlight=False)
            return read_answer(stopped, is_over)

    def still_waits(job: int) -> bool:
        try:
            return daemon.ledger.jobs.get(job).state is State.HELD
        except UnknownJob:
            return False
        except LedgerError:
            return True  # busy

    existing = ExistingTakes(ask, daemon.release, still_waits, stopped)
    daemon.held.subscribe(existing.on_held)
    existing.start()
    try:
        yield
    finally:
        if stopped.is_set():
            existing.join()


def _live_table() -> LiveTable:
    from takevoice.cli.live import LiveTable  # slow to load

    return LiveTable()

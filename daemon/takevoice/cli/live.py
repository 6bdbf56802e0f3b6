"""The live table of `takevoice run` on a terminal: the jobs as the ledger has them, with the log lines above them."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from rich.console import Console, Group
from rich.highlighter import NullHighlighter
from rich.live import Live
from rich.logging import RichHandler
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from takevoice.cli.status import money_in_words
from takevoice.cli.words import duration
from takevoice.errors import LedgerError, printable
from takevoice.jobs import Job, State
from takevoice.service.office import Office
from takevoice.service.office.status import Status

SHOWN = (State.RESTORING, State.CONVERTING, State.QUEUED, State.SETTLING, State.FOUND)
"""The states of jobs that are on their way, in the order of the table."""
MIN_ROWS, OTHER_LINES = 5, 8  # OTHER_LINES: what the window keeps for the log, the title and the heading
BAR = 12  # characters
NOTHING: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True)
class Overview:
    """What the ledger says: what is going on, and the first jobs of those that have not ended.

    `left_behind`: how many of those are of commands that were ended, by the command; nothing works on them at the moment.
    """

    status: Status | None = None
    jobs: Sequence[Job] = ()
    left_behind: Mapping[str, int] = field(default_factory=dict)

    @property
    def unfinished(self) -> int:
        """How many jobs have not ended."""
        return self.status.of(*SHOWN) if self.status is not None else 0

    @property
    def waiting(self) -> int:
        """How many of those wait to be taken over."""
        return min(self.unfinished, sum(self.left_behind.values()))  # one may have been, a moment before


def overview(office: Office, rows: int, left_behind: Mapping[str, int] = NOTHING) -> Overview:
    """Read the ledger, with at most `rows` jobs; raises LedgerError."""
    jobs: list[Job] = []
    for state in SHOWN:
        jobs += office.ledger.jobs.oldest(state, rows - len(jobs))
    return Overview(office.status(), jobs, left_behind)


class LiveTable:
    """Show the jobs that are on their way, whoever changed them: this process, a command, or an earlier run."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._office: Office | None = None
        self._seen: tuple[object, ...] = ()
        self._overview = Overview()
        self._done, self._failed = set[int](), set[int]()
        self._lock = threading.Lock()
        self._live = Live(
            get_renderable=self.table, console=self._console, refresh_per_second=4, transient=True
        )

    def __enter__(self) -> LiveTable:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):  # the terminal was closed
            self._live.stop()

    @contextlib.contextmanager
    def paused(self) -> Iterator[Console]:
        """Show no table, so that something else can be asked."""
        self._live.stop()
        try:
            yield self._console
        finally:
            self._live.start()

    def log_handler(self) -> logging.Handler:
        """Return where log lines go while the table is shown."""
        return RichHandler(
            console=self._console,
            show_path=False,
            markup=False,
            rich_tracebacks=False,
            highlighter=NullHighlighter(),  # names keep their colour, whatever digits they have
            log_time_format="%H:%M:%S",
        )

    def read(self, office: Office) -> None:
        """Show what this office knows, from now on."""
        self._office = office

    def on_changed(self, job: Job) -> None:
        """Receive a change of a job: which ones ended in this run."""
        with self._lock:
            if job.is_candidate:
                return  # a take with candidates counts once
            if job.state is State.DONE:
                self._done.add(job.id)
            elif job.state is State.FAILED:
                self._failed.add(job.id)

    def table(self) -> Group:
        """Return the table as it is now."""
        rows = max(MIN_ROWS, self._console.size.height - OTHER_LINES)
        now = self._read(rows)
        with self._lock:
            done, failed = len(self._done), set(self._failed)
        lines = [Text(line, overflow="ellipsis", no_wrap=True) for line in title(now, done, self._still_failed(failed), self._console.width)]
        return Group(*lines, *([_jobs(now, self._console.width)] if now.jobs else []))

    def _still_failed(self, failed: set[int]) -> int:
        """Return how many of these have: one that was retried has not any more."""
        if failed and self._office is not None:
            with contextlib.suppress(LedgerError):
                return len(self._office.ledger.jobs.failed(failed))
        return len(failed)

    def _read(self, rows: int) -> Overview:
        """Return what the ledger says, read only where something was written since, or the window has another size."""
        if self._office is not None:
            with contextlib.suppress(LedgerError):  # busy, or closed: what it said before stays
                # A command that is killed writes nothing.
                left_behind = self._office.left_behind()
                seen = (self._office.data_version(), rows, left_behind)
                if seen != self._seen:
                    self._overview, self._seen = overview(self._office, rows, left_behind), seen
        return self._overview


def title(now: Overview, done: int, failed: int, width: int = 80) -> list[str]:
    """Return what the lines above the table say, in a window of so many characters; `done` and `failed` are those of this run."""
    status = now.status
    if status is None:
        return ["0 converted, 0 failed, 0 held, 0 on their way"]
    left = f"{duration(status.seconds_left)} of audio" if status.seconds_left else ""
    left += f", about {duration(status.eta)} left" if left and status.eta and not status.paused else ""
    under_way = now.unfinished - now.waiting
    waiting = f", {now.waiting} waiting" if now.waiting else ""
    first = f"{done} converted, {failed} failed, {status.of(State.HELD)} held, {under_way} on {'its' if under_way == 1 else 'their'} way{waiting}"
    if left and len(first) + len(left) + 2 <= width:
        first, left = f"{first}: {left}", ""
    paused = "" if status.problems else "paused: `takevoice resume` continues"
    problems = [printable(problem) for problem in status.problems]
    parts = [paused if status.paused else status.backend, *problems, money_in_words(status)]
    second = " | ".join(part for part in parts if part)
    jobs = "1 job" if now.waiting == 1 else f"{now.waiting} jobs"
    third = f"{jobs} of a command that was ended: takevoice continues within half a minute" if now.waiting else ""
    return [line for line in (first, left, second, third) if line]


def _jobs(now: Overview, width: int) -> Table:
    table = Table(expand=True, show_header=True, box=None)
    table.add_column("job", no_wrap=True, justify="right")
    table.add_column("take", no_wrap=True, ratio=1)
    table.add_column("voice", no_wrap=True, max_width=max(16, width // 6))
    table.add_column("state", no_wrap=True, min_width=max(map(len, SHOWN)))
    table.add_column("", width=BAR)
    table.add_column("", width=len("100%"), justify="right")
    for job in now.jobs:
        converting = job.state is State.CONVERTING
        bar = ProgressBar(total=1.0, completed=job.progress, width=BAR) if converting else ""
        share = f"{job.progress:.0%}" if converting else ""
        # As text: a name may look like markup.
        state = "waiting" if job.owner in now.left_behind else str(job.state)
        table.add_row(str(job.id), Text(printable(job.source.name)), Text(printable(job.voice)), state, bar, share)
    if now.unfinished > len(now.jobs):
        table.add_row("", f"and {now.unfinished - len(now.jobs)} more", "", "", "", "")
    return table

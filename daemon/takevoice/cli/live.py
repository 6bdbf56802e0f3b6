"""The live table of `takevoice run` on a terminal: the jobs as the ledger has them, with the log lines above them."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from rich.console import Console
from rich.live import Live
from rich.logging import RichHandler
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from takevoice.errors import LedgerError, printable
from takevoice.jobs import Job, State
from takevoice.ledger import Ledger

SHOWN = (State.RESTORING, State.CONVERTING, State.QUEUED, State.SETTLING, State.FOUND)
"""The states of jobs that are on their way, in the order of the table."""
MIN_ROWS, MAX_ROWS = 5, 40
BAR = 20  # characters


@dataclass(frozen=True)
class Overview:
    """What the ledger says: the first jobs of those on their way, and how many jobs are in each state."""

    jobs: Sequence[Job] = ()
    counts: Mapping[State, int] = field(default_factory=lambda: MappingProxyType({}))
    failed: frozenset[int] = frozenset()

    @property
    def under_way(self) -> int:
        """How many jobs are on their way."""
        return sum(self.counts.get(state, 0) for state in SHOWN)


def overview(ledger: Ledger, rows: int) -> Overview:
    """Read the ledger, with at most `rows` jobs; raises LedgerError."""
    jobs: list[Job] = []
    for state in SHOWN:
        jobs += ledger.jobs.oldest(state, rows - len(jobs))
    return Overview(jobs, ledger.jobs.counts_of((*SHOWN, State.HELD)), frozenset(ledger.jobs.failed()))


class LiveTable:
    """Show the jobs that are on their way, whoever changed them: this process, a command, or an earlier run."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._ledger: Ledger | None = None
        self._version, self._overview = -1, Overview()
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
            log_time_format="%H:%M:%S",
        )

    def read(self, ledger: Ledger) -> None:
        """Show what this ledger says, from now on."""
        self._ledger = ledger

    def on_changed(self, job: Job) -> None:
        """Receive a change of a job: which ones ended in this run."""
        with self._lock:
            if job.is_candidate:
                return  # a take with candidates counts once
            if job.state is State.DONE:
                self._done.add(job.id)
            elif job.state is State.FAILED:
                self._failed.add(job.id)

    def table(self) -> Table:
        """Return the table as it is now."""
        rows = max(MIN_ROWS, min(MAX_ROWS, self._console.size.height // 2))
        now = self._read(rows)
        with self._lock:
            # One that was retried has not failed any more.
            done, failed = len(self._done), len(self._failed & now.failed)
        held = now.counts.get(State.HELD, 0)
        title = f"{done} converted, {failed} failed, {held} held, {now.under_way} on their way"
        table = Table(title=title, title_justify="left", expand=True, show_header=bool(now.jobs), box=None)
        table.add_column("job", no_wrap=True, justify="right")
        table.add_column("take", no_wrap=True, ratio=1)
        table.add_column("voice", no_wrap=True, max_width=16)
        table.add_column("state", no_wrap=True, min_width=max(map(len, SHOWN)))
        table.add_column("", width=BAR)
        for job in now.jobs:
            bar = ProgressBar(total=1.0, completed=job.progress, width=BAR) if job.state is State.CONVERTING else ""
            # As text: a name may look like markup.
            table.add_row(str(job.id), Text(printable(job.path.name)), Text(printable(job.voice)), str(job.state), bar)
        if now.under_way > len(now.jobs):
            table.add_row("", f"and {now.under_way - len(now.jobs)} more", "", "", "")
        return table

    def _read(self, rows: int) -> Overview:
        """Return what the ledger says, read only where something was written since."""
        if self._ledger is not None:
            with contextlib.suppress(LedgerError):  # busy, or closed: what it said before stays
                version = self._ledger.data_version()
                if version != self._version:
                    self._overview, self._version = overview(self._ledger, rows), version
        return self._overview

"""The live table of `takevoice run` on a terminal: the jobs under way, with the log lines above them."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict

from rich.console import Console
from rich.live import Live
from rich.logging import RichHandler
from rich.progress_bar import ProgressBar
from rich.table import Table

from takevoice.errors import printable
from takevoice.jobs import Job, State
from takevoice.pipeline.events import Withdrawal

ROWS = 12
_SHOWN = (State.SETTLING, State.QUEUED, State.CONVERTING, State.RESTORING)


class LiveTable:
    """Show the jobs that are under way."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._jobs: OrderedDict[int, Job] = OrderedDict()
        self._ended = {State.DONE: 0, State.FAILED: 0}
        self._lock = threading.Lock()
        self._live = Live(
            get_renderable=self.table, console=self._console, refresh_per_second=4, transient=True
        )

    def __enter__(self) -> LiveTable:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def log_handler(self) -> logging.Handler:
        """Return where log lines go while the table is shown."""
        return RichHandler(
            console=self._console,
            show_path=False,
            markup=False,
            rich_tracebacks=False,
            log_time_format="%H:%M:%S",
        )

    def on_changed(self, job: Job) -> None:
        """Receive a change or the progress of a job."""
        with self._lock:
            if job.state in _SHOWN:
                self._jobs[job.id] = job
            else:
                self._jobs.pop(job.id, None)
                if job.state in self._ended:
                    self._ended[job.state] += 1

    def on_withdrawn(self, withdrawal: Withdrawal) -> None:
        """Receive a job that was withdrawn."""
        with self._lock:
            self._jobs.pop(withdrawal.job.id, None)

    def table(self) -> Table:
        """Return the table as it is now."""
        with self._lock:
            jobs = sorted(self._jobs.values(), key=lambda job: (-_SHOWN.index(job.state), job.id))
            done, failed = self._ended[State.DONE], self._ended[State.FAILED]
        title = f"{done} converted, {failed} failed, {len(jobs)} on their way"
        table = Table(title=title, title_justify="left", expand=True, show_header=bool(jobs), box=None)
        for name in ("job", "take", "voice", "state"):
            table.add_column(name, no_wrap=True, ratio=3 if name == "take" else 1)
        table.add_column("", width=22)
        for job in jobs[:ROWS]:
            bar = (
                ProgressBar(total=1.0, completed=job.progress, width=20)
                if job.state is State.CONVERTING
                else ""
            )
            table.add_row(str(job.id), printable(job.path.name), job.voice, str(job.state), bar)
        if len(jobs) > ROWS:
            table.add_row("", f"and {len(jobs) - ROWS} more", "", "", "")
        return table

"""Notices when nothing is left to do: a batch is done."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from takevoice.jobs import Job, State


@dataclass(frozen=True)
class BatchSummary:
    """What became of the takes of a batch: those that ended, or are held, since nothing was left to do the last time."""

    done: int
    failed: int
    held: int
    seconds: float  # of audio that was converted

    @property
    def total(self) -> int:
        """How many takes there were; cancelled ones do not count."""
        return self.done + self.failed + self.held

    @property
    def need_you(self) -> int:
        """How many takes have failed, or wait for a person."""
        return self.failed + self.held

    @property
    def text(self) -> str:
        """All of it in one line."""
        if not self.need_you:
            return f"batch done: {self.done:,} {'take' if self.done == 1 else 'takes'} converted"
        return f"batch done: {self.done:,} of {self.total:,}, {self.need_you:,} {'needs' if self.need_you == 1 else 'need'} you"

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as JSON values."""
        numbers = {name: getattr(self, name) for name in ("total", "done", "failed", "held", "need_you")}
        return {"text": self.text, **numbers, "seconds": round(self.seconds, 3)}


class BatchWatch:
    """Collects how takes end, and reports them once nothing has changed for a while and nothing is left to do."""

    def __init__(
        self,
        is_idle: Callable[[], bool],
        quiet: Callable[[], float],
        on_drained: Callable[[BatchSummary], None],
        clock: Callable[[], float] = time.monotonic,
        current: Callable[[int], Job | None] | None = None,
    ) -> None:
        """`is_idle` returns True when no job is on its way; `quiet` for how many seconds nothing has to change. `clock` is steady.

        `current` returns a job as it is now, None if there is none any more: it may have been dropped since, or replaced by
        that of a newer version of its file.
        """
        self._current = current
        self._is_idle, self._quiet, self._on_drained, self._clock = is_idle, quiet, on_drained, clock
        self._ended: dict[int, Job] = {}
        self._changed = 0.0
        self._lock = threading.Lock()

    def on_changed(self, job: Job) -> None:
        """Receive a change of a job; a take with candidates counts once."""
        if job.is_candidate:
            return
        with self._lock:
            self._changed = self._clock()
            if job.has_ended:
                self._ended[job.id] = job
            else:
                self._ended.pop(job.id, None)

    def look(self) -> None:
        """Report the batch if it is done. Raises LedgerError."""
        with self._lock:
            due = bool(self._ended) and self._clock() - self._changed >= self._quiet()
        if due and self._is_idle():
            self.report()

    def report(self) -> None:
        """Report what has ended since the last report, if something has."""
        with self._lock:
            ended, self._ended = list(self._ended.values()), {}
        jobs = _takes(ended if self._current is None else [now for job in ended if (now := self._current(job.id)) is not None])
        states = [job.state for job in jobs]
        seconds = sum(job.seconds for job in jobs if job.state is State.DONE)
        summary = BatchSummary(states.count(State.DONE), states.count(State.FAILED), states.count(State.HELD), seconds)
        if summary.total:
            self._on_drained(summary)


def _takes(jobs: Sequence[Job]) -> Sequence[Job]:
    """Return one job for each result: two may have the same one, where a take was moved on its way."""
    results = {(job.state, job.output or job.id): job for job in jobs}
    return list(results.values())

"""Notifications of what happens to jobs: to the log, the live table, OSC clients and plugins."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from takevoice.errors import printable
from takevoice.jobs import Disposition, Job, State
from takevoice.pipeline.excerpts import in_users_words, name_of_excerpt
from takevoice.pipeline.held_report import is_reported_together

log = logging.getLogger("takevoice")


@dataclass(frozen=True)
class Withdrawal:
    """A job that was deleted because there is nothing to do.

    `instead` is the job that answers its requests; without one, `requests` remain unanswered.
    """

    job: Job
    disposition: Disposition
    why: str
    requests: Sequence[str]
    instead: Job | None = None


class Events:
    """Calls its subscribers in the order in which they subscribed, in the thread in which something happened."""

    def __init__(self) -> None:
        self._on_changed: list[Callable[[Job], None]] = [_log_change]
        self._on_progress: list[Callable[[Job], None]] = []
        self._on_withdrawn: list[Callable[[Withdrawal], None]] = []
        self._on_forgotten: list[Callable[[Job], None]] = []
        self._on_paused: list[Callable[[bool], None]] = []
        self._on_settings: list[Callable[[str | None, str | None], None]] = []

    def subscribe(
        self,
        *,
        on_changed: Callable[[Job], None] | None = None,
        on_progress: Callable[[Job], None] | None = None,
        on_withdrawn: Callable[[Withdrawal], None] | None = None,
        on_forgotten: Callable[[Job], None] | None = None,
        on_paused: Callable[[bool], None] | None = None,
        on_settings: Callable[[str | None, str | None], None] | None = None,
    ) -> None:
        """Add a subscriber: to stored changes of state, to progress while converting, to withdrawn and to forgotten jobs, to
        pauses and their ends, and to settings that changed, with their track and key (None: any)."""
        if on_changed is not None:
            self._on_changed.append(on_changed)
        if on_progress is not None:
            self._on_progress.append(on_progress)
        if on_withdrawn is not None:
            self._on_withdrawn.append(on_withdrawn)
        if on_forgotten is not None:
            self._on_forgotten.append(on_forgotten)
        if on_paused is not None:
            self._on_paused.append(on_paused)
        if on_settings is not None:
            self._on_settings.append(on_settings)

    def changed(self, job: Job) -> Job:
        """Publish a change of state that has been stored; returns the job."""
        for call in self._on_changed:
            call(job)
        return job

    def progress(self, job: Job) -> None:
        """Publish the progress of a conversion."""
        for call in self._on_progress:
            call(job)

    def withdrawn(self, withdrawal: Withdrawal) -> None:
        """Publish that a job was withdrawn."""
        for call in self._on_withdrawn:
            call(withdrawal)

    def forgotten(self, job: Job) -> None:
        """Publish that a person took a job off the list."""
        for call in self._on_forgotten:
            call(job)

    def paused(self, is_paused: bool) -> None:
        """Publish that conversions were paused or resumed."""
        for call in self._on_paused:
            call(is_paused)

    def settings_changed(self, track: str | None = None, key: str | None = None) -> None:
        """Publish that one setting of a track, or any of all tracks, may have changed."""
        for call in self._on_settings:
            call(track, key)


def _log_change(job: Job) -> None:
    if is_reported_together(job):
        return
    line = _LINES.get(job.state)
    if line is not None:
        level, text = line
        log.log(level, "%s", text(job))


def _error(job: Job) -> str:
    return printable(in_users_words(job.error, job, name_of_excerpt(job)))


def _done(job: Job) -> str:
    return f"{printable(job.path.name)} -> {printable(job.output)} (voice {job.voice}, job {job.id})"


def _cancelled(job: Job) -> str:
    if job.error:
        error, name = _error(job), printable(job.path.name)
        is_named = name in printable(job.error)
        return f"{'' if is_named else f'{name}: '}{error} (job {job.id} is cancelled)"
    return f"{printable(job.path.name)} is cancelled (job {job.id})"


_LINES: dict[State, tuple[int, Callable[[Job], str]]] = {
    State.QUEUED: (logging.DEBUG, lambda job: f"{printable(job.path.name)} is queued (job {job.id})"),
    State.CONVERTING: (logging.DEBUG, lambda job: f"{printable(job.path.name)} is converting (job {job.id})"),
    State.DONE: (logging.INFO, _done),
    State.FAILED: (logging.ERROR, lambda job: f"{_error(job)} (job {job.id} failed)"),
    State.HELD: (logging.WARNING, lambda job: f"{_error(job)} (job {job.id} is held)"),
    State.CANCELLED: (logging.INFO, _cancelled),
}

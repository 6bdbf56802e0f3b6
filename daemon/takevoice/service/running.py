"""The takevoice that runs in this process, as the office sees it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from takevoice.jobs import Job
from takevoice.service.lookup import Lookup
from takevoice.service.pausing import Pausing
from takevoice.service.session import Session


class RunningSession:
    """A session of this process."""

    def __init__(self, session: Session, pausing: Pausing, config_written: Callable[[], None]) -> None:
        self._session, self._pausing = session, pausing
        self.config_written = config_written

    @property
    def lookup(self) -> Lookup:
        """The planner of the session, and what goes with it."""
        return self._session.lookup

    def changed(self, job: Job) -> None:
        """Publish a change of a job."""
        self._session.events.changed(job)

    def forgotten(self, job: Job) -> None:
        """Publish that a job was taken off the list."""
        self._session.events.forgotten(job)

    def wake(self) -> None:
        """Have the poller look at the ledger."""
        self._session.poller.wake()

    def settings_changed(self, track: str, key: str) -> None:
        """Plan queued takes again."""
        self._session.plan_again()
        self._session.events.settings_changed(track, key)

    def silent_folders(self) -> Sequence[Path]:
        """Return the watched folders that do not answer."""
        return list(self._session.silent)

    def pause(self) -> None:
        """Start no more conversions."""
        self._pausing.pause()

    def resume(self) -> None:
        """Start conversions again."""
        self._pausing.resume()

    def is_paused(self) -> bool:
        """Return True while paused."""
        return self._pausing.is_paused

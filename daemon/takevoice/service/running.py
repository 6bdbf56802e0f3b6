"""The takevoice that runs in this process, as the office sees it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from takevoice.jobs import Job
from takevoice.service.session import Session


class RunningSession:
    """A session of this process."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def changed(self, job: Job) -> None:
        """Publish a change of a job."""
        self._session.events.changed(job)

    def wake(self) -> None:
        """Have the poller look at the ledger."""
        self._session.poller.wake()

    def plan_again(self) -> None:
        """Plan queued takes again."""
        self._session.plan_again()

    def silent_folders(self) -> Sequence[Path]:
        """Return the watched folders that do not answer."""
        return list(self._session.silent)

    def pause(self) -> None:
        """Start no more conversions."""
        self._session.pool.paused.set()

    def resume(self) -> None:
        """Start conversions again."""
        session = self._session
        session.pool.paused.clear()
        session.breaker.reset()
        session.pacing.try_now()
        session.pool.wake()

    def is_paused(self) -> bool:
        """Return True while paused."""
        return self._session.pool.paused.is_set()

"""Lists for scripts: one row for each job or voice, flat and without nulls."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from takevoice.jobs import Job, State
from takevoice.ledger import Ledger
from takevoice.pipeline.excerpts import in_users_words
from takevoice.pipeline.planning import Planner
from takevoice.service.office.prices import price_to_come
from takevoice.states import ACTIVE
from takevoice.voices import Voice

MOST = 1000  # rows of unfinished and of held jobs
ENDED = 100  # rows of jobs that have ended

Row = dict[str, Any]


class JobRows:
    """Jobs as rows."""

    def __init__(self, ledger: Ledger, planner: Planner, name_of: Callable[[str], str]) -> None:
        """`name_of` returns the name that a request gave its sound; empty where it gave none."""
        self._ledger, self._planner, self._name_of = ledger, planner, name_of

    def held(self) -> list[Row]:
        """Return the newest held jobs, oldest first."""
        return [self._row(job) for job in self._ledger.jobs.select((State.HELD,), limit=MOST)]

    def recent(self) -> list[Row]:
        """Return the jobs that have not ended, and the newest of the others, oldest first."""
        jobs = self._ledger.jobs
        ended = (State.DONE, State.FAILED, State.CANCELLED)
        found = [*jobs.select((*ACTIVE, State.HELD), limit=MOST), *jobs.select(ended, limit=ENDED)]
        return [self._row(job) for job in sorted(found, key=lambda job: job.id)]

    def _row(self, job: Job) -> Row:
        request = next(iter(self._ledger.requests.ids(job.id)), "")
        return {
            "job": job.id,
            "state": job.state.value,
            "path": str(job.source),
            "name": self._name_of(request) or job.options.name_of(job.path),
            "track": job.track,
            "voice": job.voice,
            "text": in_users_words(job.error, job),
            "credits": self._spent(job) if job.state.final else math.ceil(price_to_come(self._planner, job) or 0.0),
            "request": request,
        }

    def _spent(self, job: Job) -> int:
        return math.ceil(self._ledger.charges.credits_of(job.id))


def voice_row(voice: Voice) -> Row:
    """Return a voice as a row."""
    return {
        "name": voice.name,
        "id": voice.id,
        "backend": voice.backend,
        "category": voice.category,
        "description": voice.description,
        "labels": dict(voice.labels),
    }

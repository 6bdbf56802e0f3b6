"""What jobs that are known would cost, by their headers: at most that much."""

from __future__ import annotations

import json
from collections.abc import Iterable

from takevoice.holds import HoldReason
from takevoice.jobs import Job
from takevoice.ledger.search import Waiting
from takevoice.pipeline.planning import Planner
from takevoice.pipeline.prices import credits_for, price_in_words, sent_seconds


def price_to_come(planner: Planner, job: Job) -> float | None:
    """Return the credits that a job costs at most; None while that is unknown."""
    backend = planner.backend_named(job.backend) if job.is_planned else None
    if backend is None:
        return None
    return credits_for(backend.for_voices(job.voice_id), sent_seconds(job.settings, job.seconds, job.channels)[1])


def price_of_released(planner: Planner, jobs: Iterable[Job]) -> str:
    """Return what held jobs cost at most once they are released, in words; empty where nothing is sent for them, or that is free."""
    sent = [job for job in jobs if HoldReason.of(job.error_code) not in (HoldReason.PICK, HoldReason.LOW_CORRELATION)]
    total = sum(price_to_come(planner, job) or 0.0 for job in sent)
    names = " and ".join(sorted({job.backend for job in sent}))
    return f"at most {price_in_words(total)} with {names}" if total else ""


def price_of_all(planner: Planner, waiting: Iterable[Waiting]) -> float:
    """Return the credits that waiting jobs cost at most; those without a backend yet are free."""
    total = 0.0
    for each in waiting:
        backend = planner.backend_named(each.backend)
        if backend is not None:
            total += credits_for(backend, each.seconds * each.copies * _times(each.wanted, each.channels))
    return total


def _times(wanted: str, channels: int) -> int:
    """Return how often a take is sent at most, by its setting `channels` as the ledger has it."""
    if wanted in ("auto", "each"):
        return channels
    return len(json.loads(wanted)) if wanted.startswith("[") else 1

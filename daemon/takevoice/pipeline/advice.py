"""Which commands apply to a job in its state: whatever advises one asks here, so that none is refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from takevoice.holds import HoldReason
from takevoice.jobs import ACTIVE, Job, State
from takevoice.pipeline.outcome import GONE

_RETRY = {
    State.FAILED: "starts it again",
    State.CANCELLED: "converts it",
    State.DONE: "makes another result",
}
"""What `retry` does with a job that has ended."""


class Choice(NamedTuple):
    """Something that a person can do with a job: the command that does it, and what it does."""

    verb: str
    meaning: str


def choices(job: Job) -> Sequence[Choice]:
    """Return what helps with a job in its state, the usual one first; empty when nothing does."""
    if job.state is State.HELD:
        return [Choice(*each) for each in HoldReason.of(job.error_code).choices]
    if job.state in ACTIVE:
        return [] if job.cancel_requested else [Choice("cancel", "ends it")]
    if job.error_code == GONE:
        return []  # its file is not there any more
    return [Choice("retry", _RETRY[job.state])]


def commands(job: Job) -> str:
    """Return the commands that apply to a job, with what each does; empty when none helps."""
    return ", ".join(f"`takevoice {choice.verb} {job.id}` {choice.meaning}" for choice in choices(job))

"""Which commands apply to a job in its state: whatever advises one asks here, so that none is refused."""

from __future__ import annotations

from takevoice.holds import HoldReason
from takevoice.jobs import ACTIVE, Job, State
from takevoice.pipeline.outcome import GONE

_RETRY = {
    State.FAILED: "starts it again",
    State.CANCELLED: "converts it",
    State.DONE: "makes another result",
}
"""What `retry` does with a job that has ended."""


def commands(job: Job) -> str:
    """Return the commands that apply to a job, with what each does; empty when none helps."""
    if job.state is State.HELD:
        return HoldReason.of(job.error_code).hint(job.id)
    if job.state in ACTIVE:
        return "" if job.cancel_requested else f"`takevoice cancel {job.id}` ends it"
    if job.error_code == GONE:
        return ""  # its file is not there any more
    return f"`takevoice retry {job.id}` {_RETRY[job.state]}"

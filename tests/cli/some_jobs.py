"""Jobs as commands find them, without a daemon that made them."""

from __future__ import annotations

from pathlib import Path

from support import make_take
from takevoice.holds import HoldReason
from takevoice.jobs import State
from takevoice.ledger import Ledger
from takevoice.system.fileid import version_of

THROUGH = {
    State.CONVERTING: (State.QUEUED,),
    State.RESTORING: (State.QUEUED, State.CONVERTING),
    State.DONE: (State.QUEUED, State.CONVERTING, State.RESTORING),
}
"""The states before a state, after the intake."""


def add(ledger: Ledger, path: Path, state: State, code: str = "storage") -> int:
    """A job of a file that is there, in this state."""
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        make_take(path, 0.1)
    job = ledger.jobs.add(path, State.FOUND)
    error = {"error_code": code, "error": "why"} if state in (State.FAILED, State.HELD) else {}
    first, *rest = (*THROUGH.get(state, ()), state)
    if first is State.SETTLING:
        ledger.jobs.change(job.id, first)
    elif first is not State.FOUND:
        ledger.jobs.complete_intake(job, first, version_of(path), **error)
    for each in rest:
        ledger.jobs.change(job.id, each)
    return job.id


def hold(ledger: Ledger, path: Path, reason: HoldReason) -> int:
    """A job that is held, with the text that it gets then."""
    job = add(ledger, path, State.HELD, reason.code)
    ledger.jobs.update(job, error=f"{path}: why; {reason.hint(job)}")
    return job

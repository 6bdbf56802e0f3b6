"""Jobs as commands find them, without a daemon that made them."""

from __future__ import annotations

from pathlib import Path

from support import make_take
from takevoice.jobs import State
from takevoice.ledger import Ledger
from takevoice.system.fileid import version_of


def add(ledger: Ledger, path: Path, state: State, code: str = "storage") -> int:
    """A job of a file that is there, in this state."""
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        make_take(path, 0.1)
    job = ledger.jobs.add(path, State.FOUND)
    error = {"error_code": code, "error": "why"} if state in (State.FAILED, State.HELD) else {}
    if state is State.CONVERTING:
        ledger.jobs.complete_intake(job, State.QUEUED, version_of(path))
        return ledger.jobs.change(job.id, state).id
    return ledger.jobs.complete_intake(job, state, version_of(path), **error).id

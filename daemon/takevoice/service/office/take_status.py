"""What became of a take: its job, since when and why, the command that helps, and its results."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from takevoice.jobs import ACTIVE, Disposition, Job, State, standing_job
from takevoice.ledger import Ledger
from takevoice.paths import StateDir
from takevoice.pipeline.advice import commands
from takevoice.process_lock import is_locked
from takevoice.reasons import split
from takevoice.shell_words import shell_word
from takevoice.state_names import DAEMON
from takevoice.system.fileid import version_of

RENDERED_AGAIN = "the take was written again since"


@dataclass(frozen=True)
class TakeStatus:
    """What the ledger knows of a take that it has seen.

    `job` is the newest one; `results` are those that are still there, each with the number of its job, newest first.
    """

    job: Job | None
    why: str
    help: str
    results: Sequence[tuple[Path, int]] = ()

    @property
    def state(self) -> str:
        """The state of the job in one line, such as "12, held since 2026-11-26 12:00:00"; empty without a job."""
        if self.job is None:
            return ""
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(self.job.changed))
        return f"{self.job.id}, {self.job.state} since {since}"

    @property
    def lines(self) -> list[str]:
        """The job with its reason, and what helps, for a person."""
        first = ": ".join(part for part in (self.state or "none", self.why) if part)
        return [first, *([self.help] if self.help else [])]

    @property
    def line(self) -> str:
        """The job with its reason, and what helps, in one line."""
        what = f"{self.job.state}, job {self.job.id}" if self.job is not None else ""
        return "; ".join(part for part in (": ".join(part for part in (what, self.why) if part), self.help) if part)

    def as_fields(self) -> Mapping[str, Any]:
        """Return all of it for scripts; `changed` is a Unix time."""
        job = self.job and {"id": self.job.id, "state": self.job.state.value, "changed": self.job.changed}
        results = [{"path": str(path), "job": number} for path, number in self.results]
        return {"job": job, "why": self.why, "help": self.help, "results": results}


def status_of(path: Path, ledger: Ledger, state: StateDir) -> TakeStatus | None:
    """Return what became of a take, by its newest job; None when the ledger has not seen it, or knows no more than its kind."""
    return _status(path, ledger, state, ledger.jobs.of(path))


def standing_status_of(path: Path, ledger: Ledger, state: StateDir) -> TakeStatus | None:
    """Do as `status_of` does, by the newest job that counts."""
    jobs = ledger.jobs.of(path)
    counts = standing_job(jobs)
    return _status(path, ledger, state, jobs if counts is None else jobs[jobs.index(counts) :])


def _status(path: Path, ledger: Ledger, state: StateDir, jobs: Sequence[Job]) -> TakeStatus | None:
    known = ledger.files.known(path)
    is_same = known is not None and known.version.is_same(version_of(path), after_mount=True)
    if not jobs:
        forgotten = is_same and known is not None and known.disposition is Disposition.JOB and known.job is None
        again = f'`takevoice convert {shell_word(path)}` converts it'
        return TakeStatus(None, "it was forgotten: it is not converted by itself", again) if forgotten else None
    done = [job for job in jobs if job.state is State.DONE and job.output is not None]
    results = [(job.output, job.id) for job in done if job.output is not None and job.output.exists()]
    why, help_ = _why(jobs[0], ledger, state)
    if jobs[0].state is State.DONE and not results:
        undone = jobs[0].is_undone
        why = "its result was deleted by a person" if undone else "its result is not there any more"
        command = f"`takevoice retry {jobs[0].id}`" if undone else f"`takevoice convert {shell_word(path)}`"
        help_ = f"{command} makes it again" if path.exists() else ""
    if known is not None and not is_same and jobs[0].has_ended and path.exists():
        why = "; ".join(part for part in (why, RENDERED_AGAIN) if part)
    return TakeStatus(jobs[0], why, help_, results)


def _why(job: Job, ledger: Ledger, state: StateDir) -> tuple[str, str]:
    """Return why a job is in its state, and what helps."""
    history = ledger.jobs.history(job.id)
    why = split(job.error, job.id, job.path)[0] or (history[-1].detail if history else "")
    if job.state is State.CANCELLED and history and history[-1].detail and history[-1].detail not in why:
        why = f"{history[-1].detail}; {why}"
    if job.cancel_requested and not job.state.final:
        why = "it is asked to stop"
    if job.state in ACTIVE and not is_locked(str(state.owner_lock(job.owner))):
        if is_locked(str(state.owner_lock(DAEMON))):
            return why, f"its command was ended: takevoice continues within half a minute, unless you `takevoice cancel {job.id}`"
        return why, "takevoice is not running: `takevoice run` continues"
    if job.state is State.DONE:
        return "", ""
    return why, commands(job)

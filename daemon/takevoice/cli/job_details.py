"""All that the ledger knows of jobs, for `takevoice jobs JOB` and `takevoice jobs --json`."""

from __future__ import annotations

import json
import time
from collections.abc import Collection
from contextlib import closing
from pathlib import Path
from typing import Any

from takevoice.cli.job_line import line
from takevoice.errors import printable
from takevoice.files import is_missing
from takevoice.jobs import Job
from takevoice.ledger import Ledger
from takevoice.ledger.listing import ListedJob
from takevoice.paths import StateDir
from takevoice.pipeline.advice import commands
from takevoice.states import State

_PLAIN = (
    "id",
    "origin",
    "track",
    "backend",
    "voice",
    "frames",
    "sample_rate",
    "channels",
    "seconds",
    "progress",
    "offset_ms",
    "drift_ms",
    "correlation",
    "attempt",
    "family",
    "audio_hash",
    "settings_hash",
    "created",
    "changed",
)


def show_json(state: Path, numbers: Collection[int]) -> None:
    """Print these jobs as JSON, oldest first; one that has been deleted meanwhile is left out."""
    with closing(Ledger(StateDir(state).ledger, read_only=True)) as ledger:
        jobs = [job for job in ledger.jobs.select() if job.id in numbers]
        print(json.dumps([as_json(job, ledger) for job in jobs], indent=2))


def show_job(state: Path, number: int, *, as_text: bool) -> State:
    """Print a job with its history, or as JSON; returns its state. Raises UnknownJob."""
    with closing(Ledger(StateDir(state).ledger, read_only=True)) as ledger:
        job = ledger.jobs.get(number)
        if as_text:
            _show(job, ledger)
        else:
            print(json.dumps([as_json(job, ledger)], indent=2))
    return job.state


def _show(job: Job, ledger: Ledger) -> None:
    output = "" if job.output is None else str(job.output)
    seed = job.settings.seed if job.is_planned else None
    path = str(job.path)
    options = job.options
    cut_from = "" if options.part is None else str(options.part.path)
    requested = (options.name, options.session, cut_from)
    print(line(ListedJob(job.id, job.state, path, job.voice, output, job.error, job.progress, job.changed, seed, *requested)))
    if job.options.part is not None:
        print(f"       cut from {printable(job.source)}")
    if job.is_candidate:
        print(f"       candidate {job.options.candidate} of job {job.family}")
    if job.has_candidates:
        print(f"       a take with candidates: `takevoice candidates {job.id}` lists them")
    if help_ := commands(job):
        print(f"       {help_}")
    results = [path for path in ledger.outputs.of(job.id) if not is_missing(path)]
    if job.output is not None and job.state is State.DONE and is_missing(job.output):
        print("       its result is not there any more")
    if len(results) > 1 or (results and job.state is not State.DONE):
        print(f"       results: {', '.join(printable(path) for path in results)}")
    if credits_ := ledger.charges.credits_of(job.id):
        print(f"       {credits_:,.0f} credits sent")
    for key, value in _settings(job).items():
        print(f"       {key} = {json.dumps(value, ensure_ascii=False)}")
    for change in ledger.jobs.history(job.id):
        print(f"       {_clock(change.at)}  {change.state:<10} {printable(change.detail)}".rstrip())


def _clock(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))


def as_json(job: Job, ledger: Ledger) -> dict[str, Any]:
    """Return everything that the ledger knows of a job; times are Unix times in seconds."""
    return {
        **{name: getattr(job, name) for name in _PLAIN},
        "candidate": job.options.candidate,
        "name": job.options.name,
        "session": job.options.session,
        "state": job.state.value,
        "path": _text(job.path),
        "source": _text(job.source),
        "output": _text(job.output),
        "folder": _text(job.root),
        "settings": _settings(job),
        "credits": round(ledger.charges.credits_of(job.id), 3),
        "error": {"code": job.error_code, "text": job.error} if job.error else None,
        "history": [
            {"at": c.at, "state": c.state.value, "detail": c.detail} for c in ledger.jobs.history(job.id)
        ],
    }


def _settings(job: Job) -> dict[str, Any]:
    """Return the effective settings by name, with the voice's id and the plugins that changed the audio."""
    if not job.is_planned:
        return {}
    plugins = {"plugins": list(job.audio_plugins)} if job.audio_plugins else {}
    return dict(sorted({**job.settings.as_dict(), "voice_id": job.voice_id, **plugins}.items()))


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)

"""takevoice jobs: what is going on, and what was. Imports as little as it can: it must answer at once."""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from takevoice.cli import OK
from takevoice.errors import UnknownJob, printable
from takevoice.jobs import Job, State
from takevoice.ledger import Ledger
from takevoice.paths import StateDir
from takevoice.pipeline.decisions import DAEMON
from takevoice.process_lock import is_locked


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to the parser."""
    parser.epilog = """\
examples:
  takevoice jobs
  takevoice jobs 12
  takevoice jobs --only failed --only cancelled
  takevoice jobs --held"""
    parser.add_argument("job", nargs="?", type=int, metavar="JOB", help="show one job, with its history")
    parser.add_argument(
        "--only",
        action="append",
        choices=[state.value for state in State],
        metavar="STATE",
        help="list only jobs in this state (can be repeated)",
    )
    parser.add_argument(
        "--held",
        action="append_const",
        dest="only",
        const=State.HELD.value,
        help="list only jobs that wait for your approval",
    )
    parser.add_argument(
        "--last", type=int, default=50, metavar="N", help="list the newest N jobs (default: 50; 0: all)"
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="print all jobs as JSON, with paths, settings and times, for scripts",
    )


def run(args: argparse.Namespace) -> int:
    """List jobs, oldest first."""
    try:
        ledger = Ledger(StateDir(args.state).ledger, read_only=True)
    except FileNotFoundError:
        if args.job is not None:
            raise UnknownJob(f"there is no job {args.job}", hint="there are none yet") from None
        print(
            "[]"
            if args.json
            else "There are no jobs yet: `takevoice run FOLDER` converts what is rendered to FOLDER."
        )
        return OK
    with closing(ledger):
        show(ledger, args)
    return OK


def show(ledger: Ledger, args: argparse.Namespace) -> None:
    """Print what was asked for."""
    states = [State(name) for name in args.only] if args.only else list(State)
    limit = -1 if args.json or not args.last else args.last
    jobs = [ledger.jobs.get(args.job)] if args.job is not None else ledger.jobs.select(states, limit=limit)
    if args.json:
        print(json.dumps([as_json(job, ledger) for job in jobs], indent=2))
        return
    if args.job is not None:
        show_one(jobs[0], ledger)
    else:
        for job in jobs:
            print(line(job))
        if not jobs:
            print("There are no such jobs.")
    if any(job.state in (State.FOUND, State.QUEUED) for job in jobs):
        for problem in problems(StateDir(args.state)):
            print(printable(problem))
    in_vain = waiting_in_vain(ledger.jobs.waiting(), lambda owner: is_locked(StateDir(args.state).owner_lock(owner)))
    if in_vain:
        print(in_vain)


def waiting_in_vain(waiting: Mapping[str, Mapping[State, int]], is_alive: Callable[[str], bool]) -> str:
    """Return the line that says that no takevoice works on these jobs, by owner and state; empty when one does."""
    stranded: Counter[State] = Counter()
    for owner, counts in waiting.items():
        if not is_alive(owner):
            stranded.update(counts)
    if not stranded:
        return ""
    states = ", ".join(f"{stranded[state]} {state}" for state in State if stranded[state])
    count = stranded.total()
    jobs, are = ("1 job", "is") if count == 1 else (f"{count} jobs", "are")
    if is_alive(DAEMON):
        return f"{jobs} of a command that was ended {are} waiting ({states}): the next start of `takevoice run` continues."
    return f"takevoice is not running; {jobs} {are} waiting for it ({states}): `takevoice run` continues."


def line(job: Job) -> str:
    """Return a job as one line."""
    state = f"{job.state} {job.progress:.0%}" if job.state is State.CONVERTING else str(job.state)
    result = f" -> {_result(job)}" if job.state is State.DONE and job.output else ""
    why = f": {printable(job.error).removeprefix(f'{printable(job.path)}: ')}" if job.error else ""
    voice = f" [{printable(job.voice)}]" if job.voice else ""
    return f"{job.id:>5}  {state:<15} {printable(job.path)}{voice}{result}{why}"


def problems(state: StateDir) -> list[str]:
    """Return what the takes of the running daemon wait for, one line for each backend; none if no daemon runs."""
    from takevoice.pipeline.decisions import DAEMON
    from takevoice.process_lock import is_locked

    try:
        texts = json.loads(state.problems.read_bytes())
        return [str(text) for text in texts.values()] if is_locked(state.owner_lock(DAEMON)) else []
    except (OSError, ValueError, AttributeError):
        return []


def _result(job: Job) -> str:
    """Return the result's name, with its folder where that is another one."""
    assert job.output is not None
    return printable(job.output.name if job.output.parent == job.path.parent else job.output)


def show_one(job: Job, ledger: Ledger) -> None:
    """Print a job with its history."""
    print(line(job))
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
    plain = {
        name: getattr(job, name)
        for name in (
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
            "audio_hash",
            "settings_hash",
            "created",
            "changed",
        )
    }
    return {
        **plain,
        "state": job.state.value,
        "path": _text(job.path),
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

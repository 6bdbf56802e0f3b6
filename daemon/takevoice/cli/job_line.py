"""A job as people name it, and as one line of `takevoice jobs`."""

from __future__ import annotations

import os

from takevoice.cli.spans import shown
from takevoice.errors import printable
from takevoice.ledger.listing import ListedJob
from takevoice.reasons import split
from takevoice.states import State

HEADING = f"{'job':>5}  {'state':<15} {'changed':<11}  take [voice, seed] -> result"


def is_number(word: str) -> bool:
    """Return True for the number of a job."""
    return word.isascii() and word.isdigit()


def line(job: ListedJob) -> str:
    """Return a job as one line, without the commands that decide about a held one."""
    state = f"{job.state} {job.progress:.0%}" if job.state is State.CONVERTING else str(job.state)
    result = f" -> {_result(job)}" if job.state is State.DONE and job.output else ""
    why = split(job.error, job.id, job.path)[0]
    why = f": {why}" if why else ""
    voice = f" [{printable(job.voice)}{_seed(job)}]" if job.voice else ""
    return f"{job.id:>5}  {state:<15} {shown(job.changed):<11}  {_take(job)}{voice}{result}{why}"


def _take(job: ListedJob) -> str:
    """Return what a person calls the take: its file, or what an editor that had it cut out of one has named it."""
    if not _is_named(job):
        return printable(job.path)
    return f"{printable(job.name)} ({printable(job.session or os.path.basename(job.cut_from))})"  # noqa: PTH119


def _is_named(job: ListedJob) -> bool:
    return bool(job.name and (job.session or job.cut_from))


def _seed(job: ListedJob) -> str:
    return "" if job.seed is None else f", seed {job.seed}"


def _result(job: ListedJob) -> str:
    """Return the result's name, with its folder where that is another one; takevoice's own folder for a request is none."""
    folder, name = os.path.split(job.output)
    take_folder = os.path.dirname(job.path)  # noqa: PTH120
    is_near = folder == take_folder or (_is_named(job) and folder.startswith(take_folder + os.sep))
    return printable(name if is_near else job.output)

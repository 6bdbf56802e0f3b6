"""takevoice retry: jobs start again from their beginning, with the settings of now."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from takevoice.cli import FAILED, OK, USAGE
from takevoice.cli.selection import below, is_number, opened, place_of, takes_first
from takevoice.errors import TakevoiceError, UnknownJob, printable
from takevoice.jobs import Job, State, standing_job
from takevoice.service.office import Office
from takevoice.shell_words import shell_word


def run(args: argparse.Namespace) -> int:
    """Start each job again; exit code 1 when one cannot be."""
    if (bool(args.jobs), args.failed, args.all).count(True) != 1:
        print("Name the jobs or folders to try again, or --failed, or --all; `takevoice jobs` lists them.")
        return USAGE
    overrides, worst = _overrides(args), OK
    with opened(args.state, args.config) as office:
        if not args.jobs:
            states = [State.FAILED, State.CANCELLED] if args.all else [State.FAILED]
            jobs = office.ledger.jobs.select(states)
            if not jobs:
                print("nothing has failed" if args.failed else "nothing has failed or was cancelled")
            worst = _retry_all(office, jobs, overrides)
        for word in args.jobs:
            try:
                if is_number(word):
                    _retry(office, int(word), overrides)
                else:
                    worst = max(worst, _retry_all(office, _of(office, word), overrides))
            except UnknownJob as error:
                print(error)
                worst = FAILED
    return worst


def _of(office: Office, word: str) -> list[Job]:
    """Return the jobs that a file or folder means: those that failed, those whose results `takevoice undo` has deleted, and the
    one that made the file's result, if that is gone.

    Raises:
        UnknownJob: there is none.
    """
    counts = standing_job(office.ledger.jobs.of(place_of(office.ledger, word)))
    if counts is not None and counts.state is State.DONE and not office.has_result(counts):
        return [counts]
    return below(office, word, lambda job: job.state is State.FAILED or job.is_undone, "has failed")


def _overrides(args: argparse.Namespace) -> Mapping[str, Any]:
    """Return the settings that are given; raises ConfigError."""
    if not (args.pairs or args.voice):
        return {}
    from takevoice.cli.common import overrides_from  # slow to load

    return overrides_from(args)


def _retry(office: Office, number: int, overrides: Mapping[str, Any]) -> None:
    price = office.price_of_retry(office.ledger.jobs.get(number), overrides)
    job = office.retry(number, overrides)
    print(f"job {job.id} starts again (try {job.attempt}){f': {price}' if price else ''}")


def _retry_all(office: Office, jobs: Sequence[Job], overrides: Mapping[str, Any]) -> int:
    """Start jobs that came to nothing again, but for those that would fail again or make a second result; return the exit code."""
    gone, passed, worst = 0, list[Job](), OK
    for job in takes_first(jobs):
        if not (job.path.exists() or job.source.exists()):
            gone += 1
        elif _counts(office, job):
            worst = max(worst, _tried(office, job, overrides))
        else:
            passed.append(job)
    if passed and len(passed) + gone == len(takes_first(jobs)):
        first = passed[0].source
        which = f"{printable(first.name)} has" if len(passed) == 1 else f"all {len(passed)} takes have"
        print(f"{which} a later job: `takevoice explain {shell_word(first)}` says what became of {'it' if len(passed) == 1 else 'the first one'}")
    if gone:
        takes, are = ("1 take", "is") if gone == 1 else (f"{gone} takes", "are")
        print(f"{takes} {are} not there any more: `takevoice forget --failed` takes failed jobs off the list")
    return worst


def _counts(office: Office, job: Job) -> bool:
    """Return True unless the take was rendered, or asked for, again since, and that came to something."""
    jobs = office.ledger.jobs.of(job.path)
    return not jobs or bool({each.id for each in (jobs[0], standing_job(jobs)) if each} & {job.id, job.family})


def _tried(office: Office, job: Job, overrides: Mapping[str, Any]) -> int:
    """Start one of several jobs again, or say why it cannot be; return the exit code."""
    try:
        _retry(office, job.id, overrides)
    except TakevoiceError as error:
        print(f"job {job.id} cannot start again: {printable(error)}")
        return FAILED
    return OK

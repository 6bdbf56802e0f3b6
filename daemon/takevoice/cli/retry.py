"""takevoice retry: jobs start again from their beginning, with the settings of now."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from takevoice.cli import FAILED, OK, USAGE
from takevoice.cli.selection import below, is_number, opened
from takevoice.errors import TakevoiceError, UnknownJob, printable
from takevoice.jobs import Job, State
from takevoice.service.office import Office


def run(args: argparse.Namespace) -> int:
    """Start each job again; exit code 1 when one cannot be."""
    if bool(args.jobs) == args.failed:
        print("Name the jobs or folders to try again, or --failed; `takevoice jobs` lists them.")
        return USAGE
    worst = OK
    with opened(args.state) as office:
        if args.failed:
            worst = _retry_failed(office, office.ledger.jobs.select([State.FAILED]))
        for word in args.jobs:
            try:
                if is_number(word):
                    _retry(office, int(word))
                else:
                    worst = max(worst, _retry_failed(office, below(office, word, (State.FAILED,), "has failed")))
            except UnknownJob as error:
                print(error)
                worst = FAILED
    return worst


def _retry(office: Office, number: int) -> None:
    price = office.price_of_retry(office.ledger.jobs.get(number))
    job = office.retry(number)
    print(f"job {job.id} starts again (try {job.attempt}){f': {price}' if price else ''}")


def _retry_failed(office: Office, jobs: Sequence[Job]) -> int:
    """Start failed jobs again, but for those that would fail again or make a second result; return the exit code."""
    gone, worst = 0, OK
    for job in jobs:
        newest = office.ledger.jobs.newest(job.path)
        if not (job.path.exists() or job.source.exists()):
            gone += 1
        elif newest is None or newest.id == job.id:  # else the take was rendered again
            worst = max(worst, _tried(office, job))
    if gone:
        takes, are = ("1 take", "is") if gone == 1 else (f"{gone} takes", "are")
        print(f"{takes} {are} not there any more: `takevoice forget --failed` takes failed jobs off the list")
    return worst


def _tried(office: Office, job: Job) -> int:
    """Start one of several jobs again, or say why it cannot be; return the exit code."""
    try:
        _retry(office, job.id)
    except TakevoiceError as error:
        print(f"job {job.id} cannot start again: {printable(error)}")
        return FAILED
    return OK

"""takevoice retry: jobs start again from their beginning, with the settings of now."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from takevoice.cli import FAILED, OK, USAGE
from takevoice.cli.price import Prices
from takevoice.cli.selection import below, is_number, opened, takes_first
from takevoice.errors import TakevoiceError, UnknownJob, printable
from takevoice.jobs import Job, State
from takevoice.ledger import Ledger
from takevoice.pipeline import decisions, excerpts


def run(args: argparse.Namespace) -> int:
    """Start each job again; exit code 1 when one cannot be."""
    if bool(args.jobs) == args.failed:
        print("Name the jobs or folders to try again, or --failed; `takevoice jobs` lists them.")
        return USAGE
    worst = OK
    with opened(args.state) as ledger:
        prices = Prices(args, ledger)
        if args.failed:
            worst = _retry_failed(ledger, prices, ledger.jobs.select([State.FAILED]))
        for word in args.jobs:
            try:
                if is_number(word):
                    _retry(ledger, prices, int(word))
                else:
                    worst = max(worst, _retry_failed(ledger, prices, below(ledger, word, (State.FAILED,), "has failed")))
            except UnknownJob as error:
                print(error)
                worst = FAILED
    return worst


def _retry(ledger: Ledger, prices: Prices, number: int) -> None:
    before = ledger.jobs.get(number)
    if before.has_ended:
        excerpts.cut_again(before)  # its price is read from it
    price = prices.of(before) if before.has_ended else ""
    job = decisions.retry(ledger, number)
    print(f"job {job.id} starts again (try {job.attempt}){f': {price}' if price else ''}")


def _retry_failed(ledger: Ledger, prices: Prices, jobs: Sequence[Job]) -> int:
    """Start failed jobs again, but for those that would fail again or make a second result; return the exit code."""
    gone, worst = 0, OK
    for job in takes_first(jobs):
        newest = ledger.jobs.newest(job.path)
        if not (job.path.exists() or job.source.exists()):
            gone += 1
        elif newest is None or newest.id in (job.id, job.family):  # else the take was rendered again
            worst = max(worst, _tried(ledger, prices, job))
    if gone:
        takes, are = ("1 take", "is") if gone == 1 else (f"{gone} takes", "are")
        print(f"{takes} {are} not there any more: `takevoice forget --failed` takes failed jobs off the list")
    return worst


def _tried(ledger: Ledger, prices: Prices, job: Job) -> int:
    """Start one of several jobs again, or say why it cannot be; return the exit code."""
    try:
        _retry(ledger, prices, job.id)
    except TakevoiceError as error:
        print(f"job {job.id} cannot start again: {printable(error)}")
        return FAILED
    return OK

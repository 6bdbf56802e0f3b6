"""takevoice cancel: cancel jobs, and stop those under way."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from takevoice.cli import FAILED, OK, USAGE
from takevoice.cli.selection import below, counted, is_number, opened, takes_first
from takevoice.errors import UnknownJob
from takevoice.jobs import ACTIVE, Job, State
from takevoice.ledger import Ledger
from takevoice.pipeline import decisions


def run(args: argparse.Namespace) -> int:
    """Cancel each job; exit code 1 when one could not be."""
    if bool(args.jobs) == args.all:
        print("Name the jobs or folders to cancel, or --all; `takevoice jobs` lists them.")
        return USAGE
    worst = OK
    with opened(args.state) as ledger:
        if args.all:
            _cancel_all(ledger, takes_first(ledger.jobs.select(ACTIVE)))
        for word in args.jobs:
            try:
                if is_number(word):
                    _cancel(ledger, int(word))
                else:
                    _cancel_all(ledger, below(ledger, word, ACTIVE, "is on its way"))
            except UnknownJob as error:
                print(error)
                worst = FAILED
    return worst


def _cancel(ledger: Ledger, number: int) -> None:
    job = decisions.cancel(ledger, number)
    if job.state is State.CANCELLED:
        print(f"job {job.id} is cancelled")
    else:
        print(f"job {job.id} is asked to stop{_paid([job], ledger)}")


def _cancel_all(ledger: Ledger, jobs: Sequence[Job]) -> None:
    """Cancel jobs, those that are under way last: none of the others begins meanwhile."""
    cancelled, stopping = 0, list[Job]()
    for job in sorted(jobs, key=lambda each: each.state in (State.CONVERTING, State.RESTORING)):
        try:
            now = decisions.cancel(ledger, job.id)
        except UnknownJob:
            continue  # it has ended meanwhile
        if now.state is State.CANCELLED:
            cancelled += 1
        else:
            stopping.append(now)
    said = [counted(cancelled, "cancelled")] if cancelled or not stopping else []
    if stopping:
        count = f"{len(stopping)} asked to stop" if said else counted(len(stopping), "asked to stop")
        said.append(f"{count}{_paid(stopping, ledger)}")
    print(", ".join(said))


def _paid(jobs: Sequence[Job], ledger: Ledger) -> str:
    """Return what becomes of the answers to requests that were sent for jobs that are to stop."""
    sent = [job.id for job in jobs if ledger.charges.has_open(job.id)]
    if not sent:
        return ""
    if len(sent) == 1:
        return f"; its request was sent and may be paid for: the answer is kept, and `takevoice retry {sent[0]}` uses it"
    return f"; {len(sent)} requests were sent and may be paid for: the answers are kept, and `takevoice retry` uses them"

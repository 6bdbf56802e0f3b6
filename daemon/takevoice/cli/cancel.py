"""takevoice cancel: cancel jobs, and stop those under way."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from takevoice.cli import FAILED, OK, USAGE
from takevoice.cli.selection import below, counted, is_number, opened
from takevoice.errors import UnknownJob
from takevoice.jobs import ACTIVE, Job, State
from takevoice.service.office import Office
from takevoice.service.office.decisions import under_way_last


def run(args: argparse.Namespace) -> int:
    """Cancel each job; exit code 1 when one could not be."""
    if bool(args.jobs) == args.all:
        print("Name the jobs or folders to cancel, or --all; `takevoice jobs` lists them.")
        return USAGE
    worst = OK
    with opened(args.state) as office:
        if args.all:
            _cancel_all(office, office.ledger.jobs.select(ACTIVE))
        for word in args.jobs:
            try:
                if is_number(word):
                    _cancel(office, int(word))
                else:
                    _cancel_all(office, below(office, word, ACTIVE, "is on its way"))
            except UnknownJob as error:
                print(error)
                worst = FAILED
    return worst


def _cancel(office: Office, number: int) -> None:
    job = office.cancel(number)
    if job.state is State.CANCELLED:
        print(f"job {job.id} is cancelled")
    else:
        print(f"job {job.id} is asked to stop{_paid([job], office)}")


def _cancel_all(office: Office, jobs: Sequence[Job]) -> None:
    """Cancel jobs; one that has ended meanwhile is left out."""
    done = office.decide("cancel", [job.id for job in under_way_last(jobs)]).done
    stopping = [job for job in done if job.state is not State.CANCELLED]
    cancelled = len(done) - len(stopping)
    said = [counted(cancelled, "cancelled")] if cancelled or not stopping else []
    if stopping:
        count = f"{len(stopping)} asked to stop" if said else counted(len(stopping), "asked to stop")
        said.append(f"{count}{_paid(stopping, office)}")
    print(", ".join(said))


def _paid(jobs: Sequence[Job], office: Office) -> str:
    """Return what becomes of the answers to requests that were sent for jobs that are to stop."""
    sent = [job.id for job in jobs if office.ledger.charges.has_open(job.id)]
    if not sent:
        return ""
    if len(sent) == 1:
        return f"; its request was sent and may be paid for: the answer is kept, and `takevoice retry {sent[0]}` uses it"
    return f"; {len(sent)} requests were sent and may be paid for: the answers are kept, and `takevoice retry` uses them"

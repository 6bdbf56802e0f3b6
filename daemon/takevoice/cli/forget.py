"""takevoice forget: take jobs that came to nothing off the list."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from takevoice.cli import FAILED, OK, USAGE
from takevoice.cli.selection import below, counted, is_number, opened
from takevoice.errors import UnknownJob
from takevoice.jobs import Job, State
from takevoice.service.office import Office

STATES = (State.FAILED, State.CANCELLED)


def run(args: argparse.Namespace) -> int:
    """Forget each job; exit code 1 when one that is named cannot be forgotten."""
    if (bool(args.jobs), args.failed, args.all).count(True) != 1:
        print("Name the jobs or folders to forget, or --failed, or --all; `takevoice jobs` lists them.")
        return USAGE
    worst = OK
    with opened(args.state) as office:
        if not args.jobs:
            _forget_all(office, office.ledger.jobs.select(STATES if args.all else [State.FAILED]))
        for word in args.jobs:
            try:
                if is_number(word):
                    office.forget(int(word))
                    print(f"job {word} is forgotten")
                else:
                    _forget_all(office, below(office, word, STATES, "has failed or is cancelled"))
            except UnknownJob as error:
                print(error)
                worst = FAILED
    return worst


def _forget_all(office: Office, jobs: Iterable[Job]) -> None:
    batch = office.decide("forget", [job.id for job in jobs])
    kept = len(batch.refused)
    kept_text = f", {kept} kept: something was sent for {'it' if kept == 1 else 'them'}" if kept else ""
    print(counted(len(batch.done), "forgotten") + kept_text)

"""takevoice forget: take jobs that came to nothing off the list."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from takevoice.cli import FAILED, OK, USAGE
from takevoice.cli.selection import below, counted, is_number, opened
from takevoice.errors import UnknownJob
from takevoice.jobs import Job, State
from takevoice.ledger import Ledger
from takevoice.pipeline import decisions

STATES = (State.FAILED, State.CANCELLED)


def run(args: argparse.Namespace) -> int:
    """Forget each job; exit code 1 when one that is named cannot be forgotten."""
    if (bool(args.jobs), args.failed, args.all).count(True) != 1:
        print("Name the jobs or folders to forget, or --failed, or --all; `takevoice jobs` lists them.")
        return USAGE
    worst = OK
    with opened(args.state) as ledger:
        if not args.jobs:
            _forget_all(ledger, ledger.jobs.select(STATES if args.all else [State.FAILED]))
        for word in args.jobs:
            try:
                if is_number(word):
                    decisions.forget(ledger, int(word))
                    print(f"job {word} is forgotten")
                else:
                    _forget_all(ledger, below(ledger, word, STATES, "has failed or is cancelled"))
            except UnknownJob as error:
                print(error)
                worst = FAILED
    return worst


def _forget_all(ledger: Ledger, jobs: Iterable[Job]) -> None:
    forgotten = kept = 0
    for job in jobs:
        try:
            decisions.forget(ledger, job.id)
            forgotten += 1
        except UnknownJob:
            kept += 1
    kept_text = f", {kept} kept: something was sent for {'it' if kept == 1 else 'them'}" if kept else ""
    print(counted(forgotten, "forgotten") + kept_text)

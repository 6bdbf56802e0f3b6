"""takevoice retry: jobs start again from their beginning, with the settings of now."""

from __future__ import annotations

import argparse

from takevoice.cli import FAILED, OK, USAGE
from takevoice.errors import UnknownJob
from takevoice.jobs import State
from takevoice.ledger import Ledger
from takevoice.paths import StateDir
from takevoice.pipeline import decisions


def run(args: argparse.Namespace) -> int:
    """Start each job again; exit code 1 when one cannot be."""
    if bool(args.jobs) == args.failed:
        print("Name the jobs to try again, or --failed; `takevoice jobs` lists them.")
        return USAGE
    ledger = Ledger(StateDir(args.state).ledger)
    try:
        wanted = args.jobs or [job.id for job in ledger.jobs.select([State.FAILED])]
        return max([_retry(ledger, number) for number in wanted], default=OK)
    finally:
        ledger.close()


def _retry(ledger: Ledger, number: int) -> int:
    try:
        job = decisions.retry(ledger, number)
    except UnknownJob as error:
        print(error)
        return FAILED
    print(f"job {job.id} starts again (try {job.attempt})")
    return OK

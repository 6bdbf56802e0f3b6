"""takevoice cancel: jobs end where they are."""

from __future__ import annotations

import argparse

from takevoice.cli import FAILED, OK
from takevoice.cli.state import ledger_path
from takevoice.errors import UnknownJob
from takevoice.jobs import State
from takevoice.ledger.ledger import Ledger


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments."""
    parser.epilog = """\
examples:
  takevoice cancel 12
  takevoice cancel 12 13 14"""
    parser.add_argument("jobs", nargs="+", type=int, metavar="JOB", help="the number of a job")


def run(args: argparse.Namespace) -> int:
    """Cancels each job; exit code 1 when one could not be."""
    ledger = Ledger(ledger_path(args.state))
    worst = OK
    try:
        for number in args.jobs:
            try:
                job = ledger.cancel(number)
            except UnknownJob as error:
                print(error)
                worst = FAILED
            else:
                print(
                    f"job {job.id} is cancelled"
                    if job.state is State.CANCELLED
                    else f"job {job.id} is asked to stop"
                )
    finally:
        ledger.close()
    return worst

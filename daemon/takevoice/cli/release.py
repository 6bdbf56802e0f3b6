"""takevoice release: held jobs go on."""

from __future__ import annotations

import argparse

from takevoice.cli import FAILED, OK
from takevoice.cli.state import ledger_path
from takevoice.errors import UnknownJob
from takevoice.ledger.ledger import Ledger


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments."""
    parser.epilog = (
        "`takevoice jobs` lists what is held, and why. What was received for a job is used; a request "
        "whose outcome is unknown is sent again. A running `takevoice run` takes them up at once, else the next one does."
    )
    parser.add_argument("jobs", nargs="+", type=int, metavar="JOB")


def run(args: argparse.Namespace) -> int:
    """Releases each job; exit code 1 when one could not be."""
    ledger = Ledger(ledger_path(args.state))
    try:
        return max([_release(ledger, number) for number in args.jobs], default=OK)
    finally:
        ledger.close()


def _release(ledger: Ledger, number: int) -> int:
    try:
        ledger.retry(number, release=True)
    except UnknownJob as error:
        print(error)
        return FAILED
    print(f"job {number} goes on")
    return OK

"""takevoice cancel: cancel jobs, and stop those under way."""

from __future__ import annotations

import argparse

from takevoice.cli import FAILED, OK
from takevoice.errors import UnknownJob
from takevoice.jobs import State
from takevoice.ledger import Ledger
from takevoice.paths import StateDir
from takevoice.pipeline import decisions


def run(args: argparse.Namespace) -> int:
    """Cancels each job; exit code 1 when one could not be."""
    ledger = Ledger(StateDir(args.state).ledger)
    worst = OK
    try:
        for number in args.jobs:
            try:
                job = decisions.cancel(ledger, number)
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

"""takevoice drop: held jobs end, and their takes are left as they are."""

from __future__ import annotations

import argparse

from takevoice.cli.held import add_held, for_each_held
from takevoice.errors import UnknownJob
from takevoice.jobs import State
from takevoice.ledger.ledger import Ledger


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments."""
    parser.epilog = """\
examples:
  takevoice drop 12
  takevoice drop ~/Exports          all held takes in the folder
The takes stay where they are. You can still convert one with `takevoice retry JOB`. `takevoice jobs --held` lists
held jobs."""
    add_held(parser)


def run(args: argparse.Namespace) -> int:
    """Ends each job; exit code 1 when one could not be."""
    return for_each_held(args, _drop, "dropped")


def _drop(ledger: Ledger, number: int) -> None:
    job = ledger.job(number)
    if job.state is not State.HELD:
        hint = "" if job.state.final else f"`takevoice cancel {number}` ends it"
        raise UnknownJob(f"job {number} is {job.state}; only a held job can be dropped", hint=hint)
    ledger.cancel(number)

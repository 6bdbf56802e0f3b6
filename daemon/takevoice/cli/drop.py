"""takevoice drop: end held jobs and leave their takes unconverted."""

from __future__ import annotations

import argparse

from takevoice.cli.held import add_held, for_each_held
from takevoice.ledger import Ledger
from takevoice.pipeline import decisions


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to the parser."""
    parser.epilog = """\
examples:
  takevoice drop 12
  takevoice drop ~/Exports          all held takes in the folder
The takes stay where they are. You can still convert one with `takevoice retry JOB`. `takevoice jobs --held` lists
held jobs."""
    add_held(parser)


def run(args: argparse.Namespace) -> int:
    """End each job; exit code 1 when one cannot be."""
    return for_each_held(args, _drop, "dropped")


def _drop(ledger: Ledger, number: int) -> None:
    decisions.drop(ledger, number)

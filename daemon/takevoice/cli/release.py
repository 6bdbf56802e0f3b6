"""takevoice release: convert held jobs."""

from __future__ import annotations

import argparse

from takevoice.cli.held import add_held, for_each_held
from takevoice.ledger import Ledger
from takevoice.pipeline import decisions


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to the parser."""
    parser.epilog = """\
examples:
  takevoice release 12
  takevoice release ~/Exports       all held takes in the folder
`takevoice jobs --held` lists held jobs and why they are held. A response that was received is published, and nothing
is sent; a request with an unknown outcome is sent again. A running `takevoice run` starts the jobs at once; otherwise the next
one does."""
    add_held(parser)


def run(args: argparse.Namespace) -> int:
    """Release each job; exit code 1 when one cannot be."""
    return for_each_held(args, _release, "released")


def _release(ledger: Ledger, number: int) -> None:
    decisions.release(ledger, number)

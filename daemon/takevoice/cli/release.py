"""takevoice release: convert held jobs."""

from __future__ import annotations

import argparse

from takevoice.cli.held import for_each_held
from takevoice.ledger import Ledger
from takevoice.pipeline import decisions


def run(args: argparse.Namespace) -> int:
    """Release each job; exit code 1 when one cannot be."""
    return for_each_held(args, _release, "released")


def _release(ledger: Ledger, number: int) -> None:
    decisions.release(ledger, number)

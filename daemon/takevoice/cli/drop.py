"""takevoice drop: end held jobs and leave their takes unconverted."""

from __future__ import annotations

import argparse

from takevoice.cli.held import for_each_held
from takevoice.ledger import Ledger
from takevoice.pipeline import decisions


def run(args: argparse.Namespace) -> int:
    """End each job; exit code 1 when one cannot be."""
    return for_each_held(args, _drop, "dropped")


def _drop(ledger: Ledger, number: int) -> None:
    decisions.drop(ledger, number)

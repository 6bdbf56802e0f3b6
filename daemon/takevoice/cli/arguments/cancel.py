"""The arguments of `takevoice cancel`."""

from __future__ import annotations

import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to the parser."""
    parser.epilog = """\
examples:
  takevoice cancel 12
  takevoice cancel 12 13 14"""
    parser.add_argument("jobs", nargs="+", type=int, metavar="JOB", help="the number of a job")

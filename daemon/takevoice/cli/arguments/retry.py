"""The arguments of `takevoice retry`."""

from __future__ import annotations

import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to the parser."""
    parser.epilog = """\
examples:
  takevoice retry 12
  takevoice retry --failed
A running `takevoice run` starts the jobs at once; otherwise the next one does. Responses that you have
already paid for are reused if the settings ask for the same, except one that does not resemble its take."""
    parser.add_argument("jobs", nargs="*", type=int, metavar="JOB", help="the number of a job")
    parser.add_argument("--failed", action="store_true", help="start all failed jobs again")

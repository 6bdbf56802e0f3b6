"""The arguments of `takevoice forget`."""

from __future__ import annotations

import argparse

from takevoice.cli.arguments.shared import FOLDER_HELP


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to the parser."""
    parser.epilog = """\
examples:
  takevoice forget 12
  takevoice forget ~/Exports        all failed and cancelled jobs of takes in the folder
  takevoice forget --failed
No file is touched, and no take is converted because of it. Jobs that are done stay, so that nothing is converted
twice; so do those for which something may be paid."""
    parser.add_argument(
        "jobs", nargs="*", metavar="JOB|FILE|FOLDER", help=FOLDER_HELP.format(which="failed and cancelled jobs")
    )
    parser.add_argument("--failed", action="store_true", help="forget all failed jobs")
    parser.add_argument("--all", action="store_true", help="forget all failed and cancelled jobs")

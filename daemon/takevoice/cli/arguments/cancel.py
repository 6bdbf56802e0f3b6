"""The arguments of `takevoice cancel`."""

from __future__ import annotations

import argparse

from takevoice.cli.arguments.shared import FOLDER_HELP


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to the parser."""
    parser.epilog = """\
examples:
  takevoice cancel 12
  takevoice cancel 12 13 14
  takevoice cancel ~/Exports        all takes in the folder that are on their way
The held takes of a folder stay held; `takevoice drop` ends those. A held job that you name by its number is ended."""
    parser.add_argument(
        "jobs", nargs="*", metavar="JOB|FILE|FOLDER", help=FOLDER_HELP.format(which="takes that are on their way")
    )
    parser.add_argument("--all", action="store_true", help="cancel all jobs that are on their way")

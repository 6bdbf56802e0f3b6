"""The arguments of `takevoice next`."""

from __future__ import annotations

import argparse

from takevoice.cli.arguments.shared import FOLDER_HELP


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to the parser."""
    parser.epilog = """\
examples:
  takevoice next 12
  takevoice next ~/Exports/urgent.wav ~/Exports/Retakes
What is being converted already is finished first. Of several, the first one named is begun first."""
    parser.add_argument("jobs", nargs="+", metavar="JOB|FILE|FOLDER", help=FOLDER_HELP.format(which="takes that wait"))

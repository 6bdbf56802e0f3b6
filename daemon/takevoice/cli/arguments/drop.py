"""The arguments of `takevoice drop`."""

from __future__ import annotations

import argparse

from takevoice.cli.arguments.shared import add_held


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to the parser."""
    parser.epilog = """\
examples:
  takevoice drop 12
  takevoice drop ~/Exports          all held takes in the folder
The takes stay where they are. You can still convert one with `takevoice retry JOB`. `takevoice jobs --held` lists
held jobs."""
    add_held(parser)

"""The arguments of `takevoice pick`."""

from __future__ import annotations

import argparse

from takevoice.cli.arguments.shared import add_config


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to the parser."""
    parser.epilog = """\
examples:
  takevoice pick 17
  takevoice pick candidates/Anna_03.ada.2.wav
  takevoice pick --reject 18
The result keeps its name. It is replaced only if it is the same, byte for byte, as a file in `candidates`; one that you have
edited stays, and the picked one gets a number."""
    parser.add_argument("jobs", nargs="+", metavar="JOB|FILE", help="the job of a candidate, or its file")
    parser.add_argument("--reject", action="store_true", help="mark candidates as out of the question; their files stay")
    add_config(parser)

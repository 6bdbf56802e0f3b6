"""The arguments of `takevoice deliver`."""

from __future__ import annotations

import argparse
from pathlib import Path

from takevoice.cli.arguments.shared import add_config


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to the parser."""
    parser.epilog = """\
examples:
  takevoice deliver ~/Dub/Episode3                      what is ready, and what is missing
  takevoice deliver ~/Dub/Episode3 ~/Dub/Episode3_final
  takevoice deliver ~/Dub/Episode3 ~/Dub/Episode3_final --list ~/Dub/Episode3.csv
Of each take, it copies the result that counts: the newest one, or the candidate that was picked. Originals, results and files of
other programs stay as they are; a file that an earlier delivery wrote is replaced. The exit code is 1 if a take is missing."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a folder of takes, with its subfolders")
    parser.add_argument("out", nargs="?", type=Path, metavar="OUT", help="the folder for the copies; without it, nothing is copied")
    parser.add_argument(
        "--name", default="{stem}", metavar="TEMPLATE", help="the names, as `output_name` in the config (default: {stem}, that of the original)"
    )
    parser.add_argument("--list", type=Path, metavar="FILE", help="also write a CSV file with a line for each take")
    add_config(parser)

"""The arguments of `takevoice demo`."""

from __future__ import annotations

import argparse
from pathlib import Path

from takevoice.cli.arguments.shared import add_config


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to the parser."""
    parser.epilog = """\
examples:
  takevoice demo
  takevoice demo ~/Desktop/demo
A speech synthesiser speaks the takes. takevoice creates the folder if needed, and overwrites nothing in it."""
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        default=Path("takevoice-demo"),
        metavar="FOLDER",
        help="the folder for the takes (default: takevoice-demo)",
    )
    add_config(parser)

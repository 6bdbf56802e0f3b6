"""The arguments of `takevoice doctor`."""

from __future__ import annotations

import argparse
from pathlib import Path

from takevoice.cli.arguments.shared import add_config


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to the parser."""
    parser.epilog = """\
examples:
  takevoice doctor
  takevoice doctor ~/Exports
  takevoice doctor --platform ~/Exports
Exit code 1: something is wrong."""
    parser.add_argument(
        "folders",
        nargs="*",
        type=Path,
        metavar="FOLDER",
        help="a folder to check (default: those of the config)",
    )
    parser.add_argument(
        "--platform",
        action="store_true",
        help="compare the system with what takevoice expects of it, to be pasted into an issue: no names, no key",
    )
    add_config(parser)

"""The arguments of `takevoice quote`."""

from __future__ import annotations

import argparse
from pathlib import Path

from takevoice.cli.arguments.shared import add_config


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to the parser."""
    parser.epilog = """\
examples:
  takevoice quote                     the folders of the config
  takevoice quote ~/Exports
  takevoice quote --list ~/Exports
  takevoice quote take.wav --json
Nothing is sent, and no key is needed. Takes that are held, on their way, failed or cancelled are counted apart; results of
takevoice and takes that it has converted are not counted."""
    parser.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="FOLDER|FILE",
        help="a folder with its subfolders, or a take (default: the folders of the config)",
    )
    parser.add_argument(
        "--list", action="store_true", help="print a line for each take: its track, voice, the result's name and the price"
    )
    parser.add_argument("--json", action="store_true", help="print JSON, for scripts")
    add_config(parser)

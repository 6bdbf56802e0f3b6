"""The arguments of `takevoice init`."""

from __future__ import annotations

import argparse
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to the parser."""
    parser.epilog = """\
examples:
  takevoice init
  takevoice init ~/Projects/Dub/Exports
  takevoice init --config radio.toml ~/Radio
An existing config file is never overwritten."""
    parser.add_argument(
        "folder",
        nargs="?",
        default="~/Exports",
        metavar="FOLDER",
        help="the folder to watch (default: ~/Exports)",
    )
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="the file to write (default: takevoice.toml in your config dir, where every command finds it)",
    )

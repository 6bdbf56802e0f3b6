"""The arguments of `takevoice run`."""

from __future__ import annotations

import argparse
from pathlib import Path

from takevoice.cli.arguments.shared import add_config


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to the parser."""
    parser.epilog = """\
examples:
  takevoice run                       watch the folders named in the config
  takevoice run ~/Exports
  takevoice run --once ~/Exports
  takevoice run --existing ~/Exports
  takevoice run --requests            convert what REAPER, Ardour and other programs ask for
Press Ctrl-C to stop takevoice."""
    parser.add_argument(
        "folders",
        nargs="*",
        type=Path,
        metavar="FOLDER",
        help="a folder to watch, with its subfolders (default: those of the config)",
    )
    parser.add_argument("--once", action="store_true", help="convert what is there, then stop")
    parser.add_argument(
        "--existing",
        action="store_true",
        help="also convert takes that were in a folder before takevoice first watched it",
    )
    parser.add_argument(
        "--requests",
        action="store_true",
        help="run also without a folder to watch, for what programs ask for over OSC or by files",
    )
    parser.add_argument(
        "--osc-port",
        type=port,
        metavar="N",
        help="the port for OSC (0: any free port; default: that of the config)",
    )
    # Started by launchd, see `system/login/launchd.py`.
    parser.add_argument("--launchd", action="store_true", help=argparse.SUPPRESS)
    add_config(parser)


def port(word: str) -> int:
    """Return the port on the command line; 0 is any free one."""
    if not word.isascii() or not word.isdigit() or int(word) > 65_535:
        raise argparse.ArgumentTypeError(f"{word} is no port: a number from 0 to 65535")
    return int(word)

"""Arguments that several commands share."""

from __future__ import annotations

import argparse
from pathlib import Path

FOLDER_HELP = "the number of a job, a take, or a folder for all {which} in it and its subfolders"


def add_config(parser: argparse.ArgumentParser) -> None:
    """Add --config."""
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="the config file (default: takevoice.toml in the folder, else in your config dir)",
    )


def add_request(parser: argparse.ArgumentParser) -> None:
    """Add the options of a request."""
    parser.add_argument("--track", help="the track's name (default: taken from the file name)")
    add_settings(parser)
    parser.add_argument(
        "--candidates",
        metavar="N|LIST",
        help="make several candidates: 2 to 9, voices such as ada,george, or a list as in the config",
    )
    parser.add_argument(
        "--pick", choices=("first", "closest", "ask"), help="which candidate becomes the result (default: that of the config)"
    )


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Add --voice and --set."""
    parser.add_argument("--voice", help="a voice, by name or id")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="pairs",
        help="any track setting, for example --set stability=0.4 --set seed=7",
    )


def add_held(parser: argparse.ArgumentParser) -> None:
    """Add the jobs or folders of `release` and `drop`."""
    parser.add_argument("held", nargs="+", metavar="JOB|FILE|FOLDER", help=FOLDER_HELP.format(which="held takes"))

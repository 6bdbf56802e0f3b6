"""The arguments of `takevoice convert`."""

from __future__ import annotations

import argparse
from pathlib import Path

from takevoice.cli.arguments.shared import add_config, add_request


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to the parser."""
    parser.epilog = """\
examples:
  takevoice convert take.wav --voice george
  takevoice convert *.wav --track "Lead Vox" --set stability=0.4 --set seed=7
  takevoice convert take.wav --candidates 3
  takevoice convert take.wav --out ~/Desktop/hero.wav
takevoice prints the path of each result. It does not convert a file again that it has converted with the same settings."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a take to convert")
    add_request(parser)
    parser.add_argument(
        "--out",
        metavar="PATH",
        help="the result's path, or a folder for it; one that ends with / is made; existing files are never overwritten",
    )
    add_config(parser)

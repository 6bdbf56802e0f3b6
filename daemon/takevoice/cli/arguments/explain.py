"""The arguments of `takevoice explain`."""

from __future__ import annotations

import argparse
from pathlib import Path

from takevoice.cli.arguments.shared import add_config, add_request


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to the parser."""
    parser.epilog = """\
examples:
  takevoice explain take.wav
  takevoice explain take.wav --track "Lead Vox" --set stability=0.4
  takevoice explain ~/Exports         the takes in a folder that have no result, and what is skipped
For a take that takevoice has seen, it says what became of it. Nothing is converted. For a
result of takevoice, its provenance is shown too."""
    parser.add_argument("file", type=Path, metavar="FILE", help="a take, a result of takevoice, or a folder")
    add_request(parser)
    parser.add_argument("--json", action="store_true", help="print JSON, for scripts")
    add_config(parser)

"""The arguments of `takevoice status`."""

from __future__ import annotations

import argparse

from takevoice.cli.arguments.shared import add_config


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to the parser."""
    parser.epilog = """\
examples:
  takevoice status
  takevoice status --json
The exit code is 1 if takevoice is not running."""
    parser.add_argument("--json", action="store_true", help="print JSON, for scripts")
    add_config(parser)

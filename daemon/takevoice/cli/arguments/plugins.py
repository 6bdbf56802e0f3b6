"""The arguments of `takevoice plugins`."""

from __future__ import annotations

import argparse

from takevoice.cli.arguments.shared import add_config


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to the parser."""
    parser.add_argument("--json", action="store_true", help="print JSON, for scripts")
    add_config(parser)

"""The arguments of `takevoice voices`."""

from __future__ import annotations

import argparse

from takevoice.cli.arguments.shared import add_config


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to the parser."""
    parser.epilog = f"""\
examples:
  takevoice voices
  takevoice voices female
  takevoice voices --backend local
  takevoice voices --play george

{parser.epilog or ""}"""
    parser.add_argument(
        "search",
        nargs="?",
        default="",
        metavar="WORD",
        help="list only voices with this word in their name, description or labels",
    )
    parser.add_argument("--backend", help="the backend (default: that of the config)")
    parser.add_argument("--play", action="store_true", help="play a short sample of each voice that is listed")
    parser.add_argument("--json", action="store_true", help="print JSON, for scripts")
    add_config(parser)

"""The arguments of `takevoice resume`: none."""

from __future__ import annotations

import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to the parser."""
    parser.epilog = """\
examples:
  takevoice resume
It also ends the wait for a service that was out of reach: what waits is tried at once."""

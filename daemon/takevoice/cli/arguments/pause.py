"""The arguments of `takevoice pause`: none."""

from __future__ import annotations

import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to the parser."""
    parser.epilog = """\
examples:
  takevoice pause
Conversions under way are finished, and takes are still found and queued. A pause lasts until `takevoice resume`,
also after a restart; `takevoice run --once` and `takevoice convert` do not heed it."""

"""The arguments of `takevoice release`."""

from __future__ import annotations

import argparse

from takevoice.cli.arguments.shared import add_held


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to the parser."""
    parser.epilog = """\
examples:
  takevoice release 12
  takevoice release ~/Exports       all held takes in the folder
`takevoice jobs --held` lists held jobs and why they are held. A response that was received is published, and nothing
is sent; a request with an unknown outcome is sent again. A running `takevoice run` starts the jobs at once; otherwise the next
one does."""
    add_held(parser)

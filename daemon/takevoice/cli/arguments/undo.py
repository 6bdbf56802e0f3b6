"""The arguments of `takevoice undo`."""

from __future__ import annotations

import argparse

from takevoice.cli import spans


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to the parser."""
    parser.epilog = """\
examples:
  takevoice undo ~/Exports/Episode3
  takevoice undo --since 30m
  takevoice undo 12 13
It counts the results first, and asks. Originals stay, as do results that were changed in any way. What was paid stays paid:
for some days, the answers are kept, and `takevoice retry` uses them."""
    parser.add_argument(
        "jobs", nargs="*", metavar="JOB|FILE|FOLDER", help="the number of a job, a take, a result, or a folder of takes or results"
    )
    parser.add_argument("--since", type=spans.since, default=0.0, metavar="TIME", help=f"only results since then: {spans.HINT}")
    parser.add_argument("--yes", action="store_true", help="delete without a question")

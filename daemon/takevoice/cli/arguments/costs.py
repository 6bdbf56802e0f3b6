"""The arguments of `takevoice costs`."""

from __future__ import annotations

import argparse

from takevoice.cli import spans


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to the parser."""
    parser.epilog = """\
examples:
  takevoice costs                              by day
  takevoice costs --by character --csv > minutes.csv
  takevoice costs --by folder --csv > november.csv
It counts what was sent to paid backends, requests of unknown outcome too: they may have been billed."""
    parser.add_argument(
        "--by", choices=("day", "character", "track", "folder", "voice"), default="day", help="what to add it up by (default: day); a character is a track"
    )
    parser.add_argument("--since", type=spans.since, metavar="TIME", default=0.0, help=f"only from then on: {spans.HINT}")
    parser.add_argument("--until", type=spans.until, metavar="TIME", help="only until then; a day is included")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="print CSV, for a spreadsheet")
    form.add_argument("--json", action="store_true", help="print JSON, for scripts")

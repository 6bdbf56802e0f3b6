"""The arguments of `takevoice casting`."""

from __future__ import annotations

import argparse

from takevoice.cli.arguments.shared import add_config


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to the parser."""
    parser.epilog = """\
examples:
  takevoice casting                               who speaks whom
  takevoice casting export casting.csv
  takevoice casting import casting.csv            shows what would change
  takevoice casting import casting.csv --yes
  takevoice casting mark Anna --status approved --note "warmer"
  takevoice casting audition Anna ada george
  takevoice casting recast Anna
A sheet needs a column of characters; the others are voice, voice_id, stability, similarity_boost, style, seed, candidates, state
and note. An empty cell leaves a setting as it is, - takes it away."""
    parser.add_argument(
        "action",
        nargs="?",
        default="list",
        choices=("list", "export", "import", "mark", "audition", "recast"),
        help="what to do (default: list)",
    )
    parser.add_argument("words", nargs="*", metavar="FILE|CHARACTER|VOICE", help="a sheet; or a character, and voices for an audition")
    parser.add_argument("--column", action="append", default=[], metavar="NAME=HEADING", help="with `import`: which column of the sheet is meant")
    parser.add_argument("--delimiter", choices=(",", ";", "tab"), default=",", help="with `export`: what separates cells (default: a comma)")
    parser.add_argument("--status", choices=("open", "proposed", "approved", "rejected"), help="with `mark`: how far the casting is")
    parser.add_argument("--note", metavar="TEXT", help="with `mark`: a note; empty text removes it")
    parser.add_argument("--out", metavar="FOLDER", help="with `audition`: the folder of the files (default: auditions in the state dir)")
    parser.add_argument("--yes", action="store_true", help="do it without a question")
    parser.add_argument("--json", action="store_true", help="with `list`: print JSON, for scripts")
    add_config(parser)

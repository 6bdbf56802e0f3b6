"""The arguments of `takevoice candidates`."""

from __future__ import annotations

import argparse

from takevoice.cli.arguments.shared import add_config


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to the parser."""
    parser.epilog = """\
examples:
  takevoice candidates                       the newest takes with candidates
  takevoice candidates Anna_03.wav
  takevoice candidates --more 3 Anna_03.wav
  takevoice candidates --stars 4 --note "warmer" 17
  takevoice candidates --remove-unpicked ~/Exports
`takevoice pick` makes one of them the result. Nothing is ever deleted but by --remove-unpicked."""
    parser.add_argument("which", nargs="?", default="", metavar="JOB|FILE|FOLDER", help="the job of a take or of a candidate, a take, or a folder")
    parser.add_argument("--more", type=_count, metavar="N", help="make N further candidates of a take, 1 to 9")
    parser.add_argument("--stars", type=_stars, metavar="N", help="give a candidate 0 to 5 stars; one with stars is never removed")
    parser.add_argument("--note", metavar="TEXT", help="write a note about a candidate")
    parser.add_argument(
        "--remove-unpicked", action="store_true", help="delete candidates in a folder that were not picked, have no stars, and are as takevoice wrote them"
    )
    parser.add_argument("--yes", action="store_true", help="delete without a question")
    parser.add_argument("--json", action="store_true", help="print JSON, for scripts")
    add_config(parser)


def _count(word: str) -> int:
    return _number(word, 1, 9)


def _stars(word: str) -> int:
    return _number(word, 0, 5)


def _number(word: str, least: int, most: int) -> int:
    if not (word.isascii() and word.isdigit() and least <= int(word) <= most):
        raise argparse.ArgumentTypeError(f"{word} is no number from {least} to {most}")
    return int(word)

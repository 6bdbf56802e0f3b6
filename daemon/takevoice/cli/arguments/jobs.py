"""The arguments of `takevoice jobs`."""

from __future__ import annotations

import argparse

from takevoice.cli import spans
from takevoice.states import State


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to the parser."""
    parser.epilog = """\
examples:
  takevoice jobs
  takevoice jobs 12
  takevoice jobs ~/Exports/take.wav
  takevoice jobs ~/Exports --last 0
  takevoice jobs --only failed --only cancelled
  takevoice jobs --held
  takevoice jobs --search guard --since yesterday
  takevoice jobs --track "Anna*" --voice george"""
    parser.add_argument(
        "which",
        nargs="?",
        default="",
        metavar="JOB|FILE|FOLDER",
        help="the number of a job, to show it with its history; a take, a result or a folder, to list its jobs",
    )
    parser.add_argument(
        "--only",
        action="append",
        choices=[state.value for state in State],
        metavar="STATE",
        help="list only jobs in this state (can be repeated)",
    )
    parser.add_argument(
        "--held",
        action="append_const",
        dest="only",
        const=State.HELD.value,
        help="list only jobs that wait for your approval",
    )
    parser.add_argument(
        "--search", default="", metavar="TEXT", help="list only jobs with this text in path, track, voice or reason"
    )
    parser.add_argument("--track", default="", help='list only jobs of this track, or of those that fit a glob ("Anna*")')
    parser.add_argument("--voice", default="", help="list only jobs with this voice, by name or id")
    parser.add_argument(
        "--since", type=spans.since, default=0.0, metavar="TIME", help=f"list only jobs that changed since then: {spans.HINT}"
    )
    parser.add_argument(
        "--last", type=count, metavar="N", help="list the newest N jobs (default: 50, or all as JSON; 0: all)"
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="print the jobs as JSON, with paths, settings and times, for scripts",
    )


def count(word: str) -> int:
    """Return a number of things on the command line."""
    if not word.isascii() or not word.isdigit():
        raise argparse.ArgumentTypeError(f"{word} is no count: a whole number from 0 on")
    return int(word)

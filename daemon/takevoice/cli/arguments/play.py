"""The arguments of `takevoice play`."""

from __future__ import annotations

import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to the parser."""
    parser.epilog = """\
examples:
  takevoice play 12
  takevoice play --both ~/Exports/take.wav
  takevoice play --candidates 12                the original and each candidate
It uses mpv, ffplay, afplay or another player that is there; TAKEVOICE_PLAYER names one. Ctrl-C ends it."""
    parser.add_argument("which", nargs="+", metavar="JOB|FILE", help="a job, or a take for its newest result; any other sound file as it is")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--original", action="store_true", help="play the original instead of the result")
    what.add_argument("--both", action="store_true", help="play the original, then the result")
    what.add_argument("--candidates", action="store_true", help="play the original, then each candidate")
    parser.add_argument("--as-is", action="store_true", help="play several as loud as they are, instead of as loud as the quietest")

"""takevoice resume: conversions are started again."""

from __future__ import annotations

import argparse

from takevoice.cli import OK
from takevoice.cli.selection import opened
from takevoice.cli.words import plural
from takevoice.jobs import State


def run(args: argparse.Namespace) -> int:
    """Resume, and say what is waiting."""
    with opened(args.state) as office:
        was, running = office.is_paused(), office.is_running()
        office.resume()
        waiting = sum(office.counts().get(state, 0) for state in (State.FOUND, State.SETTLING, State.QUEUED))
    there = f"; {plural(waiting, 'take')} {'is' if waiting == 1 else 'are'} waiting" if waiting else ""
    start = "" if running else "; takevoice is not running: `takevoice run` starts it"
    print(f"{'resumed' if was else 'it was not paused'}{there}{start}")
    return OK

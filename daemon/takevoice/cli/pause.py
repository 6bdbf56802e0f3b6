"""takevoice pause: no more conversions are started."""

from __future__ import annotations

import argparse

from takevoice.cli import OK
from takevoice.cli.selection import opened
from takevoice.jobs import State


def run(args: argparse.Namespace) -> int:
    """Pause, and say what is still finished."""
    with opened(args.state) as office:
        was = office.is_paused()
        office.pause()
        busy = sum(office.counts().get(state, 0) for state in (State.CONVERTING, State.RESTORING)) if office.is_running() else 0
        running = office.is_running()
    finished = f"; {busy} under way {'is' if busy == 1 else 'are'} finished" if busy else ""
    when = "" if running else "; takevoice is not running, and starts paused"
    print(f"{'paused already' if was else 'paused'}{finished}{when}: `takevoice resume` starts conversions again")
    return OK

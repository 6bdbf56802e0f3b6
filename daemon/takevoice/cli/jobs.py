"""takevoice jobs: what is going on, and what was. It must answer at once, so the list loads next to nothing."""

from __future__ import annotations

import os
from collections import Counter

from takevoice.cli import OK
from takevoice.cli.job_line import line
from takevoice.errors import UnknownJob, printable
from takevoice.lazy import TYPE_CHECKING
from takevoice.ledger.listing import Listing
from takevoice.process_lock import is_locked
from takevoice.state_names import DAEMON, LEDGER, OWNERS, PROBLEMS
from takevoice.states import State

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from takevoice.cli.arguments import Arguments


def run(args: Arguments) -> int:
    """List jobs, oldest first."""
    try:
        listing = Listing(_path(args.state_name, LEDGER))
    except FileNotFoundError:
        if args.job is not None:
            raise UnknownJob(f"there is no job {args.job}", hint="there are none yet") from None
        print(
            "[]"
            if args.json
            else "There are no jobs yet: `takevoice run FOLDER` converts what is rendered to FOLDER."
        )
        return OK
    try:
        return _show(args, listing)
    finally:
        listing.close()


def _show(args: Arguments, listing: Listing) -> int:
    if args.json or args.job is not None:
        from takevoice.cli.job_details import show_details

        shown = show_details(args)
    else:
        shown = _list(args, listing)
    if not args.json:
        _print_waiting(args.state_name, listing, shown)
    return OK


def _list(args: Arguments, listing: Listing) -> set[State]:
    """Print a line for each job that was asked for; returns the states that there are among them."""
    states = [State(name) for name in args.only] if args.only else list(State)
    jobs = listing.jobs(states, args.last or -1)
    for job in jobs:
        print(line(job))
    if not jobs:
        print("There are no such jobs.")
    return {job.state for job in jobs}


def _print_waiting(state: str, listing: Listing, shown: set[State]) -> None:
    """Print what the jobs wait for, and whether in vain."""
    if shown & {State.FOUND, State.SETTLING, State.QUEUED}:
        for problem in _problems(state):
            print(printable(problem))
    in_vain = waiting_in_vain(listing.waiting(), lambda owner: is_locked(_path(state, OWNERS, owner)))
    if in_vain:
        print(in_vain)


def waiting_in_vain(waiting: Mapping[str, Mapping[State, int]], is_alive: Callable[[str], bool]) -> str:
    """Return the line that says that no takevoice works on these jobs, by owner and state; empty when one does."""
    stranded: Counter[State] = Counter()
    for owner, counts in waiting.items():
        if not is_alive(owner):
            stranded.update(counts)
    if not stranded:
        return ""
    states = ", ".join(f"{stranded[state]} {state}" for state in State if stranded[state])
    count = stranded.total()
    jobs, are = ("1 job", "is") if count == 1 else (f"{count} jobs", "are")
    if is_alive(DAEMON):
        return f"{jobs} of a command that was ended {are} waiting ({states}): the next start of `takevoice run` continues."
    return f"takevoice is not running; {jobs} {are} waiting for it ({states}): `takevoice run` continues."


def _problems(state: str) -> list[str]:
    """Return what the takes of the running daemon wait for, one line for each backend; none if no daemon runs."""
    import json  # seldom needed

    try:
        with open(_path(state, PROBLEMS), "rb") as file:  # noqa: PTH123
            texts = json.load(file)
        return [str(text) for text in texts.values()] if is_locked(_path(state, OWNERS, DAEMON)) else []
    except (OSError, ValueError, AttributeError):
        return []


def _path(state: str, *names: str) -> str:
    return os.path.join(state, *names)  # noqa: PTH118

"""takevoice jobs: what is going on, and what was. It must answer at once, so the list loads next to nothing."""

from __future__ import annotations

import os
from collections import Counter

from takevoice.cli import OK, USAGE
from takevoice.cli.job_line import HEADING, is_number, line
from takevoice.errors import UnknownJob, printable
from takevoice.lazy import TYPE_CHECKING
from takevoice.ledger.filters import JobFilter
from takevoice.ledger.listing import Listing
from takevoice.process_lock import is_locked
from takevoice.reasons import split
from takevoice.shell_words import shell_word
from takevoice.state_names import DAEMON, LEDGER, OWNERS, PROBLEMS
from takevoice.states import State

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from takevoice.cli.arguments import Arguments
    from takevoice.ledger.listing import ListedJob

LAST = 50  # jobs that are listed, unless --last says otherwise


def run(args: Arguments) -> int:
    """List jobs, oldest first."""
    number = int(args.which) if is_number(args.which) else None
    place = os.path.abspath(os.path.expanduser(args.which)) if args.which and number is None else ""  # noqa: PTH100, PTH111
    try:
        listing = Listing(_path(args.state_name, LEDGER))
    except FileNotFoundError:
        if number is not None:
            raise UnknownJob(f"there is no job {number}", hint="there are none yet") from None
        if place and not args.json:
            return _nothing_known(place)
        print(
            "[]"
            if args.json
            else "There are no jobs yet: `takevoice run FOLDER` converts what is rendered to FOLDER."
        )
        return OK
    try:
        return _show(args, listing, number, place)
    finally:
        listing.close()


def _show(args: Arguments, listing: Listing, number: int | None, place: str) -> int:
    if number is not None:
        from takevoice.cli.job_details import show_job

        shown = {show_job(args.state, number, as_text=not args.json)}
    elif args.json:
        from takevoice.cli.job_details import show_json

        if place and not listing.counts(JobFilter(place=place)):
            place = _reached_otherwise(listing, place)
        show_json(args.state, {job.id for job in listing.jobs(_which(args, place), args.last or -1)})
    elif place and not listing.counts(JobFilter(place=place)):
        if (other := _reached_otherwise(listing, place)) != place:
            return _show(args, listing, number, other)
        return _nothing_known(place)
    else:
        shown = _list(args, listing, place)
    if not args.json:
        _print_waiting(args.state_name, listing, shown)
    return OK


def _reached_otherwise(listing: Listing, place: str) -> str:
    """Return a path as the ledger has it, where the watched folder that it is in is called otherwise there."""
    from pathlib import Path  # seldom needed

    from takevoice.system.spelling import below_known

    return str(below_known(Path(place), [Path(root) for root in listing.roots()]))


def _nothing_known(place: str) -> int:
    if not os.path.exists(place):  # noqa: PTH110
        print(f"{printable(place)}: is no job, and there is no such file or folder")
        return USAGE
    print(f'There are no jobs of {printable(place)}; `takevoice explain {shell_word(place)}` says what would happen.')
    return OK


def _which(args: Arguments, place: str) -> JobFilter:
    states = [State(name) for name in args.only or ()]
    return JobFilter(
        states, place=place, track=args.track, voice=args.voice, text=args.search, since=args.since
    )


def _list(args: Arguments, listing: Listing, place: str) -> set[State]:
    """Print a line for each job that was asked for, and how many there are; returns the states that there are among them."""
    limit = LAST if args.last is None else args.last
    which = _which(args, place)
    jobs, counts = listing.jobs(which, limit or -1), listing.counts(which)
    if not jobs:
        print("There are no such jobs.")
        return set()
    print(HEADING)
    for job in jobs:
        print(line(job))
    for text in _held_commands(jobs):
        print(text)
    print(_totals(counts, len(jobs)))
    return {job.state for job in jobs}


def _held_commands(jobs: Sequence[ListedJob]) -> Sequence[str]:
    """Return the commands that decide about held jobs, each text once, with the jobs where there are several texts."""
    by_text: dict[str, list[int]] = {}
    for job in jobs:
        command = split(job.error, job.id)[1] if job.state is State.HELD else ""
        if command:
            by_text.setdefault(command.replace(f" {job.id}`", " JOB`"), []).append(job.id)
    return [
        f"held: {text}" if len(by_text) == 1 else f"held ({', '.join(map(str, numbers))}): {text}"
        for text, numbers in by_text.items()
    ]


def _totals(counts: Mapping[State, int], listed: int) -> str:
    count = sum(counts.values())
    states = ", ".join(f"{counts[state]} {state}" for state in State if counts.get(state))
    rest = f"; the newest {listed} {'is' if listed == 1 else 'are'} listed, --last 0 lists all" if listed < count else ""
    return f"{count} {'job' if count == 1 else 'jobs'}: {states}{rest}"


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
        return f"{jobs} of a command that was ended {are} waiting ({states}): takevoice continues within half a minute."
    return f"takevoice is not running; {jobs} {are} waiting for it ({states}): `takevoice run` continues."


def _problems(state: str) -> list[str]:
    """Return what the takes of the running daemon wait for, one line for each backend; none if no daemon runs."""
    try:
        with open(_path(state, PROBLEMS), "rb") as file:  # noqa: PTH123
            import json  # seldom needed

            texts = json.load(file)
        return [str(text) for text in texts.values()] if is_locked(_path(state, OWNERS, DAEMON)) else []
    except (OSError, ValueError, AttributeError):
        return []


def _path(state: str, *names: str) -> str:
    return os.path.join(state, *names)  # noqa: PTH118

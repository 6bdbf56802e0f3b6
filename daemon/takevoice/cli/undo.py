"""takevoice undo: delete the results of a batch that went wrong."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from takevoice.cli import FAILED, OK, USAGE
from takevoice.cli.question import agrees
from takevoice.cli.selection import is_number, opened, place_of
from takevoice.cli.words import plural
from takevoice.errors import TakevoiceError, UnknownJob, printable
from takevoice.jobs import Job, State
from takevoice.service.office import JobFilter, Office
from takevoice.service.office.undo import Undoable

NAMED = 10  # files that are named


def run(args: argparse.Namespace) -> int:
    """Count, ask, and delete; exit code 1 when something could not be deleted, 2 when no one agreed."""
    if not args.jobs and not args.since:
        print("Name the jobs, takes or folders whose results are to be deleted, or --since.")
        return USAGE
    with opened(args.state) as office:
        results = office.undoable(_jobs(office, args.jobs, args.since))
        wanted, stay = [each for each in results if not each.stays], [each for each in results if each.stays]
        _say(wanted, stay)
        if not wanted:
            return OK
        if not args.yes and not agrees("Delete them?"):
            print("Nothing is deleted; --yes deletes them.")
            return USAGE
        return _delete(office, wanted)


def _jobs(office: Office, words: Sequence[str], since: float) -> list[Job]:
    """Return the jobs that are done; raises UnknownJob."""
    found: dict[int, Job] = {}
    for word in words or [""]:
        if is_number(word):
            jobs: Sequence[Job] = [office.ledger.jobs.get(int(word))]
        else:
            place = str(place_of(office.ledger, word)) if word else ""
            done = office.ledger.search.jobs(JobFilter([State.DONE], place=place, since=since))
            jobs = [job for job in done if not job.is_candidate]  # these have a command of their own
            if place and not jobs:
                raise UnknownJob("no take there has a result", where=place, hint="`takevoice jobs` lists all jobs")
        found.update({job.id: job for job in jobs if job.changed >= since})
    return [found[number] for number in sorted(found)]


def _say(wanted: Sequence[Undoable], stay: Sequence[Undoable]) -> None:
    if wanted:
        size = sum(each.size for each in wanted)
        print(f"{plural(len(wanted), 'result')}, {size / 1e6:,.1f} MB:")
        _list(wanted)
    else:
        print("There is no result to delete.")
    if stay:
        print(f"{plural(len(stay), 'other')} {'stays' if len(stay) == 1 else 'stay'}:")
        _list(stay)


def _list(results: Sequence[Undoable]) -> None:
    for each in results[:NAMED]:
        print(f"  {printable(each.path)}{f': {each.stays}' if each.stays else ''}")
    if len(results) > NAMED:
        print(f"  and {len(results) - NAMED:,} more")


def _delete(office: Office, results: Sequence[Undoable]) -> int:
    deleted, worst = 0, OK
    for each in results:
        try:
            office.undo(each)
            deleted += 1
        except TakevoiceError as error:
            print(error)
            worst = FAILED
    print(f"{plural(deleted, 'result')} deleted")
    return worst

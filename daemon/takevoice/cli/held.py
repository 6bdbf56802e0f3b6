"""Jobs that wait for a person, by number or by folder, for `release` and `drop`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

from takevoice.cli import FAILED, OK
from takevoice.cli.selection import below, counted, is_number, opened, place_of
from takevoice.errors import UnknownJob, printable
from takevoice.holds import MAYBE_PAID, HoldReason
from takevoice.jobs import Job, State
from takevoice.service.office import Office


def for_each_held(args: argparse.Namespace, act: Callable[[Office, int], object], done: str, *, pays: bool = False) -> int:
    """Act on each held job that is named; exit code 1 when one cannot be acted on.

    A folder does not mean those that a person decides one by one: whose candidates wait for a pick and, with `pays`, those
    that may be paid for already.
    """
    worst, jobs, price = OK, list[Job](), ""
    with opened(args.state) as office:
        for word in args.held:
            try:
                for number in _numbers(office, word, pays=pays):
                    job = office.ledger.jobs.get(number)
                    act(office, number)
                    jobs.append(job)
            except UnknownJob as error:
                print(error)
                worst = FAILED
        if pays:
            price = office.price_of_released(jobs)
    if jobs:
        print(f"{counted(len(jobs), done)}{f': {price}' if price else ''}")
    return worst


def _numbers(office: Office, word: str, *, pays: bool) -> list[int]:
    if is_number(word):
        return [int(word)]
    held = below(office, word, (State.HELD,), "is held")
    place = place_of(office.ledger, word)
    # A take that is named by itself is meant; a folder does not say which candidates are.
    to_pick = [job for job in held if job.error_code == HoldReason.PICK.code and place not in (job.path, job.source)]
    if to_pick:
        takes = "1 take waits" if len(to_pick) == 1 else f"{len(to_pick)} takes wait"
        print(f"{takes} for your pick, which is decided for each by its number: `takevoice candidates` lists them")
    doubtful = [job for job in held if pays and HoldReason.of(job.error_code) in MAYBE_PAID and place not in (job.path, job.source)]
    if doubtful:
        print(_left(doubtful))
    return [job.id for job in held if job not in to_pick and job not in doubtful]


def _left(doubtful: Sequence[Job]) -> str:
    if len(doubtful) == 1:
        (job,) = doubtful
        commands = HoldReason.of(job.error_code).hint(job.id)
        return f"1 take stays held, as it may be paid for already: {printable(job.path.name)}; {commands}"
    numbers = ", ".join(str(job.id) for job in doubtful)
    return (
        f"{len(doubtful)} takes stay held, as they may be paid for already: jobs {numbers}; each is released by its number, "
        "and `takevoice jobs JOB` says more"
    )

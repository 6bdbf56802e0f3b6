"""Jobs that wait for a person, by number or by folder, for `release` and `drop`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from takevoice.cli import FAILED, OK
from takevoice.errors import UnknownJob, printable
from takevoice.jobs import State
from takevoice.ledger import Ledger
from takevoice.paths import StateDir, absolute_path


def for_each_held(args: argparse.Namespace, act: Callable[[Ledger, int], None], done: str) -> int:
    """Act on each held job that is named; exit code 1 when one cannot be acted on."""
    ledger = Ledger(StateDir(args.state).ledger)
    worst = OK
    count = 0
    try:
        for word in args.held:
            try:
                for number in _numbers(ledger, word):
                    act(ledger, number)
                    count += 1
            except UnknownJob as error:
                print(error)
                worst = FAILED
    finally:
        ledger.close()
    if count:
        print(f"{count} {'job' if count == 1 else 'jobs'} {done}")
    return worst


def _numbers(ledger: Ledger, word: str) -> list[int]:
    if word.isascii() and word.isdigit():
        return [int(word)]
    place = absolute_path(Path(word))
    held = [
        job.id
        for job in ledger.jobs.select([State.HELD])
        if job.path == place or job.path.is_relative_to(place)
    ]
    if not held:
        raise UnknownJob(
            "nothing is held there", where=printable(place), hint="`takevoice jobs --held` lists what is"
        )
    return held

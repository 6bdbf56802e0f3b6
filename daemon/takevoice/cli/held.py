"""Jobs that wait for a person, by number or by folder, for `release` and `drop`."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from takevoice.cli import FAILED, OK
from takevoice.cli.selection import below, counted, is_number, opened
from takevoice.errors import UnknownJob
from takevoice.jobs import State
from takevoice.service.office import Office


def for_each_held(args: argparse.Namespace, act: Callable[[Office, int], object], done: str) -> int:
    """Act on each held job that is named; exit code 1 when one cannot be acted on."""
    worst = OK
    count = 0
    with opened(args.state) as office:
        for word in args.held:
            try:
                for number in _numbers(office, word):
                    act(office, number)
                    count += 1
            except UnknownJob as error:
                print(error)
                worst = FAILED
    if count:
        print(counted(count, done))
    return worst


def _numbers(office: Office, word: str) -> list[int]:
    if is_number(word):
        return [int(word)]
    return [job.id for job in below(office, word, (State.HELD,), "is held")]

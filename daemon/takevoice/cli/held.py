"""Jobs that wait for a person, by number or by folder, for `release` and `drop`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from takevoice.cli import FAILED, OK
from takevoice.cli.selection import below, counted, is_number, opened
from takevoice.errors import UnknownJob
from takevoice.holds import HoldReason
from takevoice.jobs import State
from takevoice.paths import absolute_path
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
    held = below(office, word, (State.HELD,), "is held")
    place = absolute_path(Path(word))
    # A take that is named by itself is meant; a folder does not say which candidates are.
    to_pick = [job for job in held if job.error_code == HoldReason.PICK.code and place not in (job.path, job.source)]
    if to_pick:
        takes = "1 take waits" if len(to_pick) == 1 else f"{len(to_pick)} takes wait"
        print(f"{takes} for your pick, which is decided for each by its number: `takevoice candidates` lists them")
    return [job.id for job in held if job not in to_pick]

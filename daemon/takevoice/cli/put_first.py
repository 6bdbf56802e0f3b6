"""takevoice next: waiting jobs are begun before all others."""

from __future__ import annotations

import argparse

from takevoice.cli import FAILED, OK
from takevoice.cli.selection import below, counted, is_number, opened
from takevoice.errors import UnknownJob
from takevoice.jobs import State
from takevoice.service.office import Office

_WAITING = (State.FOUND, State.SETTLING, State.QUEUED)


def run(args: argparse.Namespace) -> int:
    """Put jobs first; exit code 1 when one cannot be."""
    worst, numbers = OK, list[int]()
    with opened(args.state) as office:
        for word in args.jobs:
            try:
                numbers += _numbers(office, word)
            except UnknownJob as error:
                print(error)
                worst = FAILED
        # The last one that is put first is begun first.
        batch = office.decide("put_first", list(reversed(dict.fromkeys(numbers))))
    for refused in reversed(batch.refused):
        print(refused.text)
    if batch.done:
        names = ", ".join(str(job.id) for job in reversed(batch.done)) if len(batch.done) <= 5 else ""
        print(f"{counted(len(batch.done), 'put first')}{f': {names}' if names else ''}")
    return FAILED if batch.refused else worst


def _numbers(office: Office, word: str) -> list[int]:
    return [int(word)] if is_number(word) else [job.id for job in below(office, word, _WAITING, "waits")]

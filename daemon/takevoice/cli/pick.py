"""takevoice pick: a candidate becomes the result of its take."""

from __future__ import annotations

import argparse
import logging

from takevoice.cli import FAILED, OK
from takevoice.cli.candidate_jobs import candidate_named
from takevoice.cli.common import PlainScreen, start_logging
from takevoice.cli.selection import opened
from takevoice.errors import TakevoiceError, printable
from takevoice.paths import StateDir
from takevoice.service.office import Office


def run(args: argparse.Namespace) -> int:
    """Pick or reject each; exit code 1 when one cannot be."""
    worst = OK
    start_logging(StateDir(args.state), PlainScreen(times=False), logging.WARNING)
    with opened(args.state, args.config) as office:
        for word in args.jobs:
            try:
                number = candidate_named(office.ledger, word).id
                if args.reject:
                    office.candidates.reject(number)
                    print(f"candidate {number} is rejected; its file stays, and `takevoice pick {number}` takes that back")
                else:
                    _pick(office, number)
            except TakevoiceError as error:
                print(error)
                worst = FAILED
    return worst


def _pick(office: Office, number: int) -> None:
    take, before = office.candidates.pick(number, "command")
    stays = before is not None and before != take.output and before.exists()
    print(f"{printable(take.output)}{f'; {printable(before.name)} stays' if before is not None and stays else ''}")

"""takevoice pick: a candidate becomes the result of its take."""

from __future__ import annotations

import argparse
from dataclasses import replace

from takevoice.cli import FAILED, OK
from takevoice.cli.candidate_jobs import candidate_named
from takevoice.cli.common import environment_of
from takevoice.cli.selection import opened
from takevoice.errors import TakevoiceError, printable
from takevoice.ledger import Ledger
from takevoice.ledger.candidates import Mark
from takevoice.pipeline.picking import Picking
from takevoice.pipeline.publishing import DefaultNames


def run(args: argparse.Namespace) -> int:
    """Pick or reject each; exit code 1 when one cannot be."""
    environment = environment_of(args)
    environment.plugins.register("default", DefaultNames(), "takevoice")
    worst = OK
    with opened(args.state) as ledger:
        picking = Picking(ledger, environment.plugins.output_path)
        for word in args.jobs:
            try:
                job = candidate_named(ledger, word)
                if args.reject:
                    _reject(ledger, picking.candidate(job.id).id)
                else:
                    take, before = picking.pick(job.id, "command")
                    kept = f"; {printable(before.name)} stays" if before is not None and before not in (take.output,) and before.exists() else ""
                    print(f"{printable(take.output)}{kept}")
            except TakevoiceError as error:
                print(error)
                worst = FAILED
    return worst


def _reject(ledger: Ledger, number: int) -> None:
    mark = ledger.candidates.marks([number]).get(number, Mark())
    ledger.candidates.mark(number, replace(mark, rejected=True))
    print(f"candidate {number} is rejected; its file stays, and `takevoice pick {number}` takes that back")

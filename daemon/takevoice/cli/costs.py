"""takevoice costs: what was sent to paid backends, by day, track, folder or voice."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence

from takevoice.cli import OK
from takevoice.cli.common import reading_office
from takevoice.cli.words import WIDEST
from takevoice.errors import ConfigError, printable
from takevoice.ledger.costs import Cost
from takevoice.settings.cells import table


def run(args: argparse.Namespace) -> int:
    """Print a line for each day, track, folder or voice, and the sum."""
    if args.until is not None and args.until <= args.since:
        raise ConfigError("--since is later than --until", hint="give the earlier time with --since")
    with reading_office(args) as office:
        costs = office.costs(args.by, args.since, float("inf") if args.until is None else args.until)
    if args.json:
        print(json.dumps([cost._asdict() for cost in costs], indent=2))
    elif args.csv:
        print(_as_csv(args.by, costs), end="")
    else:
        print(_as_text(args.by, costs))
    return OK


def _as_text(by: str, costs: Sequence[Cost]) -> str:
    if not costs:
        return "Nothing was sent to a paid backend in that time."
    keys = [printable(cost.key) or "unknown" for cost in costs]
    width = min(WIDEST, max(map(len, [by, "total", *keys])))
    lines = [f"{by:<{width}}  {'takes':>7}  {'minutes':>9}  {'credits':>11}"]
    total = Cost("total", *(sum(each) for each in zip(*(cost[1:] for cost in costs), strict=True)))
    for key, cost in zip([*keys, "total"], [*costs, total], strict=True):
        lines.append(f"{key:<{width}}  {cost.jobs:>7,}  {cost.seconds / 60:>9,.1f}  {cost.credits:>11,.0f}")
    if total.unknown:
        lines.append(f"{total.unknown:,.0f} of these credits are for requests of unknown outcome: they may not have been billed")
    if total.saved:
        lines.append(f"{total.saved:,.0f} credits more were not paid: the house had these answers already")
    return "\n".join(lines)


def _as_csv(by: str, costs: Sequence[Cost]) -> str:
    headings = (by, "takes", "requests", "seconds", "minutes", "credits", "credits_of_unknown_outcome", "credits_saved")
    rows = ((printable(cost.key), cost.jobs, cost.requests, *(round(each, 3) for each in (cost.seconds, cost.seconds / 60, *cost[4:]))) for cost in costs)
    return table(headings, rows, end="\n")

"""takevoice status: does it run, what is there to do, what needs a person, and what today has cost."""

from __future__ import annotations

import argparse
import json
import math

from takevoice.cli import FAILED, OK
from takevoice.cli.common import reading_office
from takevoice.cli.words import duration, plural
from takevoice.errors import printable
from takevoice.jobs import State
from takevoice.pipeline.prices import price_in_words
from takevoice.service.office.status import Status


def run(args: argparse.Namespace) -> int:
    """Print what is going on; exit code 1 when no takevoice runs."""
    with reading_office(args) as office:
        status = office.status()
    print(json.dumps(status.as_dict(), indent=2) if args.json else "\n".join(lines(status)))
    return OK if status.running else FAILED


def lines(status: Status) -> list[str]:
    """Return what is going on, for a person."""
    paused = ["  paused: `takevoice resume` has conversions started again"] if status.paused and not status.running else []
    said = [_daemon(status), *paused, *(f"  {printable(problem)}" for problem in status.problems)]
    said += [f"  {line}" for line in (_queue(status), _held(status), _failed(status), _ended(status), money_in_words(status)) if line]
    if status.config_error:
        said.append(f"  {printable(status.config_error)}")
    return said


def _daemon(status: Status) -> str:
    if not status.running:
        waits = status.waiting + status.under_way
        return f"takevoice is not running; `takevoice run` {'continues' if waits else 'starts it'}"
    # The problems, where there are some, say since when, and what ends it.
    paused = "is paused" if status.problems else "is paused: `takevoice resume` continues"
    state = paused if status.paused else "is running"
    backend = f", converting with {status.backend}: {printable(status.backend_detail)}" if status.backend and not status.paused else ""
    return f"takevoice {status.version} {state}{backend}"


def _queue(status: Status) -> str:
    if not status.waiting + status.under_way:
        return "nothing to convert"
    parts = [f"{status.waiting:,} waiting", f"{status.under_way:,} converting"]
    left = f": {duration(status.seconds_left)} of audio" if status.seconds_left else ""
    eta = f", done in about {duration(status.eta)}" if status.eta and status.running and not status.paused else ""
    return f"{', '.join(parts)}{left}{eta}"


def _held(status: Status) -> str:
    count = status.of(State.HELD)
    if not count:
        return ""
    price = f", {price_in_words(status.money.held)}" if status.money and status.money.held else ""
    return f"{count:,} held{price}: `takevoice jobs --held` says why"


def _failed(status: Status) -> str:
    count = status.of(State.FAILED)
    return f"{count:,} failed: `takevoice jobs --only failed` says why, `takevoice retry --failed` starts them again" if count else ""


def _ended(status: Status) -> str:
    done, cancelled = status.takes_done, status.of(State.CANCELLED)
    return f"{plural(done, 'take')} converted{f', {cancelled:,} cancelled' if cancelled else ''}" if done or cancelled else ""


def money_in_words(status: Status) -> str:
    """Return today's credits; empty where nothing costs anything."""
    money = status.money
    if money is None or not (status.paid or money.spent or money.to_come):
        return ""
    cap = f" of {money.cap:,.0f}" if money.cap is not None else ""
    saved = f", {money.saved:,.0f} more saved by the house" if money.saved else ""
    to_come = f", about {math.ceil(money.to_come):,} to come" if money.to_come else ""
    return f"today: {money.spent:,.0f}{cap} credits{saved}{to_come}"

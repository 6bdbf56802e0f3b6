"""`takevoice house ...`: what its owner does where the server runs. A running server notices by itself."""

from __future__ import annotations

import argparse
import csv
import datetime
import json
import re
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from takevoice.errors import ConfigError
from takevoice_plugins.house.database import Database
from takevoice_plugins.house.disk import Disk
from takevoice_plugins.house.keeping import LEDGER, house_folder
from takevoice_plugins.house.keys import ADMIN, PERSON, WORKER, Keys
from takevoice_plugins.house.overview import DROP, RELEASE, Overview
from takevoice_plugins.house.rows import HELD


def show(args: argparse.Namespace) -> int:
    """Print what the house is doing, in a few lines."""
    with _ledger(args.state) as database:
        overview = Overview(database)
        queue, given, used = overview.queue(), overview.given(), overview.used_today()
    held = sum(row["state"] == HELD for row in queue)
    print(f"{len(queue) - held} waiting or under way, {held} held" + (": `takevoice house queue` lists them" if queue else ""))
    print(f"{given.get('made', 0)} answers made, {given.get('kept', 0) + given.get('joined', 0)} given again without a new request")
    print(f"{sum(used.values()):,.0f} credits used or reserved today")
    if full := Disk(house_folder(Path(args.state))).problem():
        print(f"its disk is full ({full}): nothing is taken in or sent until there is room")
    return 0


def add(args: argparse.Namespace) -> int:
    """Add a key and print it."""
    kind = ADMIN if args.admin else WORKER if args.worker else PERSON
    if args.cap is not None and not args.cap >= 0:
        raise ConfigError("--cap must be a number of credits, 0 or more")
    with _ledger(args.state) as database:
        print(Keys(database).add(args.name, kind=kind, project=args.project, cap=args.cap))
    return 0


def change(args: argparse.Namespace) -> int:
    """Change what a key may."""
    values: dict[str, str | float | None] = {}
    if args.project is not None:
        values["project"] = args.project
    if args.cap is not None:
        values["cap"] = _cap(args.cap)
    if not values:
        raise ConfigError("nothing to change", hint=f"takevoice house change {args.name} --cap 20000")
    with _ledger(args.state) as database:
        Keys(database).change(args.name, **values)
    print(f"the key of {args.name} is changed")
    return 0


def _cap(text: str) -> float | None:
    if text == "none":
        return None
    try:
        cap = float(text)
    except ValueError:
        cap = -1
    if not cap >= 0:
        raise ConfigError("--cap must be a number of credits, 0 or more, or none")
    return cap


def backup(args: argparse.Namespace) -> int:
    """Copy the ledger, also while the server writes to it."""
    target = Path(args.file).expanduser().absolute()
    if not (target.suffix or target.exists()):
        target.mkdir(parents=True)
    if target.is_dir():
        target /= time.strftime("takevoice-house-%Y-%m-%d-%H%M%S.sqlite3")
    with _ledger(args.state) as database:
        database.copy_to(target)
    print(f"{target}: {target.stat().st_size / 1e6:.1f} MB")
    return 0


def list_keys(args: argparse.Namespace) -> int:
    """Print the keys, with what each has used today."""
    with _ledger(args.state) as database:
        used = Overview(database).used_today()
        rows = [
            (
                key.name,
                key.kind,
                key.project or "-",
                f"{used.get(key.name, 0):,.0f}",
                "-" if key.cap is None else f"{key.cap:,.0f}",
                "revoked" if key.revoked is not None else "in use",
            )
            for key in Keys(database).all()
        ]
    _table(("NAME", "KIND", "PROJECT", "TODAY", "CAP", ""), rows)
    return 0


def revoke(args: argparse.Namespace) -> int:
    """End a key."""
    with _ledger(args.state) as database:
        Keys(database).revoke(args.name)
    print(f"the key of {args.name} is revoked; what was accepted is finished")
    return 0


def costs(args: argparse.Namespace) -> int:
    """Print what was paid."""
    if args.since and not re.fullmatch(r"\d{4}-\d\d-\d\d", args.since):
        raise ConfigError(f"--since {args.since} is not a day", hint="write it as 2026-11-01")
    with _ledger(args.state) as database:
        rows = Overview(database).costs(args.by, args.since)
    if args.csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow((args.by, "credits", "reserved", "requests"))
        writer.writerows((row["name"], f"{row['credits']:g}", f"{row['reserved']:g}", row["requests"]) for row in rows)
        return 0
    lines = [(row["name"] or "-", f"{row['credits']:,.0f}", f"{row['reserved']:,.0f}", str(row["requests"])) for row in rows]
    total = [("all", *(f"{sum(row[name] for row in rows):,.0f}" for name in ("credits", "reserved", "requests")))]
    _table((args.by.upper(), "CREDITS", "RESERVED", "REQUESTS"), [*lines, *total])
    return 0


def queue(args: argparse.Namespace) -> int:
    """Print the requests that have no answer."""
    with _ledger(args.state) as database:
        rows = Overview(database).queue()
    if args.json:
        print(json.dumps(rows, indent=2))
        return 0
    _table(
        ("ID", "STATE", "PERSON", "PROJECT", "VOICE", "SECONDS", "AGE", ""),
        [
            (
                row["id"], row["state"], row["person"] or "-", row["project"] or "-", row["voice"], f"{row['seconds']:.1f}",
                str(datetime.timedelta(seconds=int(row["age"]))), row["why"],
            )
            for row in rows
        ],
    )  # fmt: skip
    return 0


def release(args: argparse.Namespace) -> int:
    """Have a held request sent again, or dropped."""
    verb = DROP if args.drop else RELEASE
    with _ledger(args.state) as database:
        content = Overview(database).decide(args.id, verb)
    done = "dropped" if args.drop else "sent again, or allowed again if it was dropped,"
    print(f"{content[:12]}: {done} by the running server, or when it starts")
    return 0


@contextmanager
def _ledger(state: Path) -> Iterator[Database]:
    database = Database(house_folder(Path(state)) / LEDGER)
    try:
        yield database
    finally:
        database.close()


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    for row in (head, *rows):
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())

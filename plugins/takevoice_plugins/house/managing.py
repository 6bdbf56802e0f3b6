"""`takevoice house ...`: what its owner does where the server runs. A running server notices by itself."""

from __future__ import annotations

import argparse
import csv
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from takevoice.errors import ConfigError
from takevoice_plugins.house.database import Database
from takevoice_plugins.house.disk import Disk
from takevoice_plugins.house.keeping import LEDGER, Census, Kept, census, excess, house_folder, remove
from takevoice_plugins.house.keys import ADMIN, PERSON, WORKER, Keys
from takevoice_plugins.house.options import OPTIONS, HouseOptions, read_options
from takevoice_plugins.house.overview import DROP, RELEASE, Overview
from takevoice_plugins.house.rows import HELD
from takevoice_plugins.house.store import Store
from takevoice_plugins.house.tables import ago, in_short, table, terminal_width, wrapped
from takevoice_plugins.house.words import (
    IN_DOUBT,
    UNDER_WAY,
    WAITING,
    caps_of,
    in_words,
    queue_in_words,
    state_of,
)

MOST = 64  # cells of a name; --csv has all of it


def show(args: argparse.Namespace) -> int:
    """Print what the house is doing, in a few lines."""
    folder = house_folder(Path(args.state))
    with _ledger(args.state) as database:
        overview = Overview(database)
        rows, given = overview.queue(), overview.given()
        options = read_options(folder / OPTIONS)
        stored = _store_in_words(census(database, Store(folder)), options)
        money = in_words(caps_of(database, options))
    for line in (*queue_in_words(rows), f"{given.get('made', 0):,} answers made, {given.get('kept', 0) + given.get('joined', 0):,} given again without a new request", *money, stored):
        _say(line)
    if full := Disk(folder).problem():
        _say(f"its disk is full ({full}): nothing is taken in or sent until there is room")
    return 0


def _store_in_words(found: Census, options: HouseOptions) -> str:
    """Return what is in the store, and what keeps it there."""
    text = f"{amount(found.answers)} kept, at most {options.keep_gb:g} GB (keep_gb) and until not used for {options.keep_days:g} days (keep_days)"
    if found.unknown:
        text += f"; of these, {amount(found.unknown)} without a row in the ledger, as after a copy of it was put back: given again, too"
    if found.lost:
        text += f"; the files of {len(found.lost):,} more are gone: asked for again, they are made and paid again"
    return text


def prune(args: argparse.Namespace) -> int:
    """Say which kept answers are older or more than is wanted, and with --yes remove them."""
    folder, now = house_folder(Path(args.state)), time.time()
    options = read_options(folder / OPTIONS)
    days = options.keep_days if args.unused_for is None else args.unused_for
    room = options.keep_gb if args.to is None else args.to
    if not (days >= 0 and room >= 0):
        raise ConfigError("--unused-for and --to must be numbers, 0 or more")
    with _ledger(args.state) as database:
        store = Store(folder)
        found = census(database, store)
        chosen = excess(found, days, room, now)
        cost = sum(each.credits for each in chosen)
        print(f"{amount(found.answers)} kept")
        print(f"not used for {days:g} days, or beyond {room:g} GB, nor in the last hour: {amount(chosen)}")
        if not chosen:
            return 0
        unknown = sum(each in found.unknown for each in chosen)
        more = f", besides {unknown:,} whose cost is not known" if unknown else ""
        print(f"they have cost {cost:,.0f} credits{more}: whatever of it is asked for again will be paid again")
        if not args.yes:
            print("nothing is removed; --yes removes them")
            return 0
        print(f"{remove(database, store, chosen):,} removed")
    return 0


def add(args: argparse.Namespace) -> int:
    """Add a key and print it."""
    kind = ADMIN if args.admin else WORKER if args.worker else PERSON
    if args.cap is not None and not args.cap >= 0:
        raise ConfigError("--cap must be a number of credits, 0 or more")
    _check_project(args)
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
    _check_project(args)
    with _ledger(args.state) as database:
        now = Keys(database).change(args.name, **values)
    cap = "without a cap" if now.cap is None else f"up to {now.cap:,.0f} credits a day"
    print(f"{now.name}: {f'project {now.project}' if now.project else 'no project'}, {cap}; the key stays the same")
    return 0


def _check_project(args: argparse.Namespace) -> None:
    """Raise ConfigError for a project that house.toml has in another case: its cap would not be in force."""
    for known in read_options(house_folder(Path(args.state)) / OPTIONS).projects:
        if args.project and args.project != known and args.project.casefold() == known.casefold():
            raise ConfigError(f"the project is {known} in {OPTIONS}", hint=f"--project {known}")


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
        used, keys = Overview(database).used_today(), Keys(database).all()
    rows = [
        (
            key.name,
            key.kind,
            key.project or "-",
            f"{used.get(key.name, 0):,.0f}",
            "-" if key.cap is None else f"{key.cap:,.0f}",
            "revoked" if key.revoked is not None else "in use",
        )
        for key in keys
    ]
    if not rows:
        return _say("there are no keys yet: `takevoice house add NAME` makes one for a person")
    return _print(table(("NAME", "KIND", "PROJECT", "TODAY", "CAP", "STATE"), rows, ("TODAY", "CAP"), terminal_width()))


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
    if not rows:
        return _say("nothing was billed" + (f" since {args.since}" if args.since else " yet"))
    lines = [(in_short(row["name"] or "-", MOST), f"{row['credits']:,.0f}", f"{row['reserved']:,.0f}", f"{row['requests']:,}") for row in rows]
    total = [("all", *(f"{sum(row[name] for row in rows):,.0f}" for name in ("credits", "reserved", "requests")))]
    numbers = ("CREDITS", "RESERVED", "REQUESTS")
    return _print(table((args.by.upper(), *numbers), [*lines, *total], numbers, terminal_width()))


def queue(args: argparse.Namespace) -> int:
    """Print the requests that have no answer: those that are held last, as a person has to decide about them."""
    with _ledger(args.state) as database:
        rows = Overview(database).queue()
    if args.json:
        print(json.dumps(rows, indent=2))
        return 0
    if not rows:
        return _say("nothing waits, and nothing is held")
    cells = [
        (
            row["id"], state_of(row), row["person"] or "-", row["project"] or "-", row["voice"] or "-",
            f"{row['seconds']:,.1f} s", ago(row["age"]), row["why"],
        )
        for row in sorted(rows, key=lambda each: each["state"] == HELD)
    ]  # fmt: skip
    head = ("ID", "STATE", "PERSON", "PROJECT", "VOICE", "AUDIO", "AGE", "")
    _print(table(head, cells, ("AUDIO", "AGE"), terminal_width()))
    counts = Counter(map(state_of, rows))
    text = ", ".join(f"{counts[state]:,} {state}" for state in (WAITING, UNDER_WAY, IN_DOUBT, HELD) if counts[state])
    if counts[HELD]:
        text += "; `takevoice house release ID` sends a held one again, with --drop it is refused"
    return _say(text)


def release(args: argparse.Namespace) -> int:
    """Have a held request sent again, or dropped."""
    verb = DROP if args.drop else RELEASE
    with _ledger(args.state) as database:
        content = Overview(database).decide(args.id, verb)
    done = "dropped" if args.drop else "sent again, or allowed again if it was dropped,"
    print(f"{content[:12]}: {done} by the running server, or when it starts")
    return 0


def amount(answers: Sequence[Kept]) -> str:
    """Return how many answers there are, and their size."""
    size = sum(each.size for each in answers)
    room = f"{size / 1e9:,.1f} GB" if size >= 1e8 else f"{size / 1e6:,.1f} MB"
    return f"{len(answers):,} answer{'' if len(answers) == 1 else 's'}, {room}"


@contextmanager
def _ledger(state: Path) -> Iterator[Database]:
    database = Database(house_folder(Path(state)) / LEDGER)
    try:
        yield database
    finally:
        database.close()


def _print(lines: Sequence[str]) -> int:
    print("\n".join(lines))
    return 0


def _say(text: str) -> int:
    return _print(wrapped(text, terminal_width()))

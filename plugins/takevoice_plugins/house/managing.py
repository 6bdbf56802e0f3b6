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
    made, again = given.get("made", 0), given.get("kept", 0) + given.get("joined", 0)
    answers = f"{made:,} answer{'' if made == 1 else 's'} made, {again:,} given again without a new request"
    for line in (*queue_in_words(rows), answers, *money, stored):
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
        text += f"; the files of {len(found.lost):,} more are gone: asked for again, they are looked for in the account's history, else held"
    return text


def prune(args: argparse.Namespace) -> int:
    """Say which kept answers are older or more than is wanted, and with --yes remove them."""
    folder, now = house_folder(Path(args.state)), time.time()
    with _ledger(args.state) as database:
        options, store = read_options(folder / OPTIONS), Store(folder)
        days = options.keep_days if args.unused_for is None else args.unused_for
        room = options.keep_gb if args.to is None else args.to
        if not (days >= 0 and room >= 0):
            raise ConfigError("--unused-for and --to must be numbers, 0 or more")
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
    with _ledger(args.state, begin=True) as database:
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
        _check_project(args)
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
    """Have a held request sent again, or dropped; or all of them."""
    verb = DROP if args.drop else RELEASE
    if bool(args.id) == args.all:
        raise ConfigError("name one held request, or --all", hint="`takevoice house queue` lists them")
    with _ledger(args.state) as database:
        overview = Overview(database)
        if args.all:
            return _decide_all(overview, verb, sure=args.yes)
        content = overview.decide(args.id, verb)
        again = f"sent again, for {overview.price_of(content):,.0f} credits or so," if overview.is_waiting(content) else "allowed again"
    print(f"{content[:12]}: {'dropped' if args.drop else again} by the running server, or when it starts")
    return 0


def _decide_all(overview: Overview, verb: str, *, sure: bool) -> int:
    held = [row for row in overview.queue() if row["state"] == HELD]
    price, many = sum(row["credits"] for row in held), f"{len(held):,} held request{'' if len(held) == 1 else 's'}"
    if not held:
        print("nothing is held")
    elif not sure:
        what = "would be dropped" if verb == DROP else f"would be sent again, for {price:,.0f} credits or so, whatever the caps say"
        print(f"{many} {what}; --yes does it")
    else:
        for row in held:
            overview.decide(row["content"], verb)
        print(f"{many}: {'dropped' if verb == DROP else 'sent again'} by the running server, or when it starts")
    return 0


def amount(answers: Sequence[Kept]) -> str:
    """Return how many answers there are, and their size."""
    size = sum(each.size for each in answers)
    room = f"{size / 1e9:,.1f} GB" if size >= 1e8 else f"{size / 1e6:,.1f} MB"
    return f"{len(answers):,} answer{'' if len(answers) == 1 else 's'}, {room}"


@contextmanager
def _ledger(state: Path, *, begin: bool = False) -> Iterator[Database]:
    """Yield the house's ledger. Raises ConfigError: there is no house here, unless the command begins one."""
    path = house_folder(Path(state)) / LEDGER
    if not begin and not path.exists():
        raise ConfigError(
            f"there is no house in {Path(state)}",
            hint="run this on the house's server, with its --state; the page of a station shows the house that it has joined",
        )
    database = Database(path)
    try:
        yield database
    finally:
        database.close()


def _print(lines: Sequence[str]) -> int:
    print("\n".join(lines))
    return 0


def _say(text: str) -> int:
    return _print(wrapped(text, terminal_width()))

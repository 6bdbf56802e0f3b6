"""takevoice quote: what converting would cost; nothing is sent and nothing is stored."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence

from takevoice.cli import OK, USAGE
from takevoice.cli.common import reading_office
from takevoice.cli.selection import place_of
from takevoice.cli.words import columns
from takevoice.errors import printable
from takevoice.pipeline.held_report import amount
from takevoice.pipeline.prices import price_in_words
from takevoice.service.office.quotes import Kind, Quote, QuotedTake
from takevoice.shell_words import shell_word

NAMED = 10  # files that cannot be converted, named in the text

Takes = Sequence[QuotedTake]


def run(args: argparse.Namespace) -> int:
    """Print files, duration and credits for each track; exit code 2 when a path does not exist, or none is named."""
    with reading_office(args) as office:
        paths = [place_of(office.ledger, path) for path in args.paths] or office.watched_folders()
        if not paths:
            print("No folder is watched: name one, `takevoice quote FOLDER`.")
            return USAGE
        for path in paths:
            if not path.exists():
                print(f"{printable(path)}: does not exist")
                return USAGE
        quote = office.quote(paths, named=args.list)
    if args.json:
        print(json.dumps(_as_json(quote) | ({"takes": [_row(take, quote) for take in _listed(quote)]} if args.list else {}), indent=2))
    else:
        print("\n".join([*(_list(quote) if args.list else ()), _as_text(quote)]))
    return OK


def _by_track(quote: Quote) -> dict[str, list[QuotedTake]]:
    """Return the new takes of each track."""
    tracks: dict[str, list[QuotedTake]] = {}
    for take in quote.of(Kind.NEW):
        tracks.setdefault(take.track, []).append(take)
    return tracks


def _as_text(quote: Quote) -> str:
    backend, new, tracks = quote.backend, quote.of(Kind.NEW), _by_track(quote)
    lines = []
    if len(tracks) > 1:
        lines = [f"  {printable(name)}: {_cost(each, quote)}" for name, each in sorted(tracks.items())]
    lines.append(f"{_cost(new, quote)} with {backend.name}" if new else "nothing new to convert")
    if quote.backend.idempotent and quote.credits(new):
        lines.append("that is the most: takes whose answers the house has cost nothing")
    lines += [f"{number} of these would be held: {printable(problem)}" for problem, number in quote.without_voice.items()]
    if quote.unchecked and backend.ready:
        lines.append(f"whether the voices exist is not known: {printable(quote.unchecked)}")
    if not backend.ready:
        lines.append(f"this assumes {backend.name}, which is not ready: {printable(backend.detail)}")
    return "\n".join([*lines, *_known_lines(quote), *_other_lines(quote)])


def _known_lines(quote: Quote) -> list[str]:
    """Return the lines about takes that have a job."""
    lines = []
    if under_way := quote.of(Kind.UNDER_WAY):
        lines.append(f"on their way: {_cost(under_way, quote)}")
    if held := quote.of(Kind.HELD):
        lines.append(f"held: {_cost(held, quote)}; `takevoice release {_named(held)}` converts what is held there")
    if failed := quote.of(Kind.FAILED):
        has = "has" if len(failed) == 1 else "have"
        lines.append(
            f"{len(failed)} {has} failed: `takevoice retry {_named(failed)}` {_again(failed, quote)}, `takevoice jobs --only failed` says why"
        )
    if cancelled := quote.of(Kind.CANCELLED):
        was = "was" if len(cancelled) == 1 else "were"
        lines.append(
            f"{len(cancelled)} {was} cancelled or dropped ({_price(cancelled, quote)}): `takevoice explain {_first(cancelled)}` says what helps"
        )
    return lines


def _other_lines(quote: Quote) -> list[str]:
    """Return the lines about files that are not converted."""
    lines = []
    if known := len(quote.of(Kind.KNOWN)):
        lines.append(f"{known} more {'is' if known == 1 else 'are'} known already, or results of takevoice")
    if in_cloud := len(quote.of(Kind.IN_CLOUD)):
        lines.append(f"{in_cloud} in the cloud only: keep them on this device to have them counted")
    unreadable = quote.of(Kind.UNREADABLE)
    if unreadable:
        lines.append(f"{len(unreadable)} cannot be converted:")
        lines += [f"  {printable(take.error)}" for take in unreadable[:NAMED]]
    if len(unreadable) > NAMED:
        lines.append(f"  and {len(unreadable) - NAMED} more (--json names all of them)")
    return lines


def _cost(takes: Takes, quote: Quote) -> str:
    return f"{amount(len(takes), sum(take.seconds for take in takes))}, {_price(takes, quote)}"


def _price(takes: Takes, quote: Quote) -> str:
    return price_in_words(quote.credits(takes))


def _again(takes: Takes, quote: Quote) -> str:
    price, them = _price(takes, quote), "it" if len(takes) == 1 else "them"
    return f"converts {them} for free" if price == "free" else f"would cost {price}"


def _named(takes: Takes) -> str:
    """Return the places of takes as they were named, for a command."""
    return " ".join(shell_word(place) for place in dict.fromkeys(take.place for take in takes))


def _first(takes: Takes) -> str:
    """Return the only place, or what stands for one of several."""
    return _named(takes) if len({take.place for take in takes}) == 1 else "FOLDER"


def _listed(quote: Quote) -> Takes:
    """Return the takes that would be, or may still be, converted."""
    return [take for take in quote.takes if take.has_price]


def _list(quote: Quote) -> list[str]:
    """Return a line for each take: where it is, who speaks it, how the result is called, and what it costs."""
    rows = [("take", "track", "voice", "result", "credits", "")]
    for take in _listed(quote):
        name = "" if take.name is None else take.name.name if take.name.parent == take.path.parent else str(take.name)
        inside = take.path != take.place and take.place in take.path.parents
        path = take.path.relative_to(take.place) if inside else take.path
        state = "" if take.kind is Kind.NEW else take.kind.replace("_", " ")
        rows.append((str(path), take.track, take.voice, name, f"{math.ceil(quote.credits([take])):,}", state))
    return columns([tuple(map(printable, row)) for row in rows]) if len(rows) > 1 else []


def _row(take: QuotedTake, quote: Quote) -> dict[str, object]:
    return {
        "path": str(take.path),
        "kind": take.kind.value,
        "track": take.track,
        "voice": take.voice,
        "result": None if take.name is None else str(take.name),
        "seconds": round(take.seconds, 3),
        "credits": math.ceil(quote.credits([take])),
    }


def _as_json(quote: Quote) -> dict[str, object]:
    def of(takes: Takes) -> dict[str, object]:
        seconds = round(sum((take.seconds for take in takes), 0.0), 3)
        return {"files": len(takes), "seconds": seconds, "credits": math.ceil(quote.credits(takes))}

    failed, cancelled, unreadable = (quote.of(kind) for kind in (Kind.FAILED, Kind.CANCELLED, Kind.UNREADABLE))
    return {
        "backend": quote.backend.name,
        "ready": quote.backend.ready,
        **of(quote.of(Kind.NEW)),
        "tracks": {name: of(each) for name, each in _by_track(quote).items()},
        "held": of(quote.of(Kind.HELD)),
        "under_way": of(quote.of(Kind.UNDER_WAY)),
        "failed": len(failed),
        "failed_credits": of(failed)["credits"],
        "cancelled": len(cancelled),
        "cancelled_credits": of(cancelled)["credits"],
        "known": len(quote.of(Kind.KNOWN)),
        "in_cloud_only": len(quote.of(Kind.IN_CLOUD)),
        "without_voice": None if quote.unchecked else sum(quote.without_voice.values()),
        "unreadable": len(unreadable),
        "problems": [str(take.error) for take in unreadable],
    }

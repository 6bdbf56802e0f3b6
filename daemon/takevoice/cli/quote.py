"""takevoice quote: what converting would cost; nothing is sent and nothing is stored."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from takevoice import audio
from takevoice.backends import choose_backend
from takevoice.cli import OK, USAGE
from takevoice.cli.common import add_config, environment_of
from takevoice.cli.state import ledger_path
from takevoice.errors import TakevoiceError, printable
from takevoice.ledger.reader import Reader
from takevoice.paths import absolute_path
from takevoice.pipeline.charges import credits_for, lanes_of
from takevoice.pipeline.hold_policy import amount
from takevoice.pipeline.planning import watch_of
from takevoice.service.environment import Environment
from takevoice.settings import resolve, track_from_name
from takevoice.voices import Backend
from takevoice.watch import candidates, look


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments."""
    parser.epilog = """\
examples:
  takevoice quote ~/Exports
  takevoice quote take.wav --json
Nothing is sent. Results of takevoice and takes that it already knows are not counted."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="FOLDER|FILE", help="a folder with its subfolders, or a take")
    parser.add_argument("--json", action="store_true", help="print JSON, for scripts")
    add_config(parser)


@dataclass
class Sum:
    """The takes of one track."""

    files: int = 0
    seconds: float = 0.0
    sent: float = 0.0  # seconds; more than that where each channel is converted by itself


@dataclass
class Count:
    """What was found."""

    tracks: dict[str, Sum]
    known: int = 0
    unreadable: int = 0

    @property
    def total(self) -> Sum:
        """All tracks together."""
        all_ = self.tracks.values()
        return Sum(sum(s.files for s in all_), sum(s.seconds for s in all_), sum(s.sent for s in all_))


def run(args: argparse.Namespace) -> int:
    """Prints files, duration and credits for each track; exit code 2 when a path is not there."""
    paths = [absolute_path(path) for path in args.paths]
    for path in paths:
        if not path.exists():
            print(f"{printable(path)}: is not there")
            return USAGE
    environment = environment_of(args)
    settings = environment.loaded.settings
    backend = choose_backend(settings.backend, environment.plugins.backends())
    count = _count(_takes(paths), environment, ledger_path(args.state))
    print(json.dumps(_as_json(count, backend), indent=2) if args.json else _as_text(count, backend))
    return OK


def _takes(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from candidates(path, audio.SUFFIXES)
        else:
            yield path


def _count(takes: Iterator[Path], environment: Environment, ledger: Path) -> Count:
    loaded = environment.loaded
    try:
        reader = Reader(ledger)
    except FileNotFoundError:
        reader = None
    count = Count({})
    for path in takes:
        known = reader.known_file(path) if reader else None
        try:
            take = audio.inspect(path)
            if (known is not None and known.version == look(path)) or audio.has_provenance(take):
                count.known += 1
                continue
        except TakevoiceError:
            count.unreadable += 1
            continue
        watch = watch_of(loaded, path)
        told = environment.plugins.track_name(path, take)
        track = told or track_from_name(path.stem, watch.track if watch else None)
        effective = resolve(loaded, watch, track, {})
        if effective["enabled"]:
            each = count.tracks.setdefault(track, Sum())
            each.files, each.seconds = each.files + 1, each.seconds + take.seconds
            each.sent += take.seconds * lanes_of(effective.values, take.channels)
    return count


def _as_text(count: Count, backend: Backend) -> str:
    lines = []
    if len(count.tracks) > 1:
        lines = [f"  {printable(name)}: {_cost(each, backend)}" for name, each in sorted(count.tracks.items())]
    lines.append(f"{_cost(count.total, backend)} with {backend.name}")
    if count.known:
        lines.append(f"{count.known} more are known already, or results of takevoice")
    if count.unreadable:
        lines.append(f"{count.unreadable} cannot be read: `takevoice convert` says why")
    return "\n".join(lines)


def _cost(each: Sum, backend: Backend) -> str:
    credits_ = math.ceil(credits_for(backend, each.sent))
    return f"{amount(each.files, each.seconds)}, {f'about {credits_:,} credits' if credits_ else 'free'}"


def _as_json(count: Count, backend: Backend) -> dict[str, object]:
    def of(each: Sum) -> dict[str, object]:
        return {
            "files": each.files,
            "seconds": round(each.seconds, 3),
            "credits": math.ceil(credits_for(backend, each.sent)),
        }

    return {
        "backend": backend.name,
        **of(count.total),
        "tracks": {name: of(each) for name, each in count.tracks.items()},
        "known": count.known,
        "unreadable": count.unreadable,
    }

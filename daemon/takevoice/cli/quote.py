"""takevoice quote: what converting would cost; nothing is sent and nothing is stored."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from takevoice import audio
from takevoice.cli import OK, USAGE
from takevoice.cli.common import environment_of
from takevoice.errors import TakevoiceError, printable
from takevoice.files import InCloudOnly, check_local
from takevoice.holds import HoldReason
from takevoice.jobs import Disposition, Job, State
from takevoice.ledger import Ledger
from takevoice.paths import absolute_path
from takevoice.pipeline.assessment import Skipped, ToConvert
from takevoice.pipeline.held_report import amount
from takevoice.pipeline.planning import credits_for
from takevoice.service.lookup import Lookup
from takevoice.voices import Backend
from takevoice.watch import candidates

NAMED = 10  # files that cannot be converted, named in the text


@dataclass
class Sum:
    """The takes of one track."""

    files: int = 0
    seconds: float = 0.0
    sent: float = 0.0  # seconds; more than that where each channel is converted by itself


@dataclass
class Count:
    """The takes of all tracks, and the files that are not counted."""

    tracks: dict[str, Sum]
    held: Sum = field(default_factory=Sum)
    under_way: Sum = field(default_factory=Sum)
    failed: int = 0
    cancelled: int = 0
    known: int = 0
    in_cloud_only: int = 0
    unreadable: list[TakevoiceError] = field(default_factory=list)

    @property
    def total(self) -> Sum:
        """All tracks together."""
        all_ = self.tracks.values()
        return Sum(sum(s.files for s in all_), sum(s.seconds for s in all_), sum(s.sent for s in all_))


def run(args: argparse.Namespace) -> int:
    """Print files, duration and credits for each track; exit code 2 when a path does not exist."""
    paths = [absolute_path(path) for path in args.paths]
    for path in paths:
        if not path.exists():
            print(f"{printable(path)}: does not exist")
            return USAGE
    environment = environment_of(args)
    ledger = Ledger.for_reading(environment.state.ledger)
    try:
        lookup = Lookup(environment, ledger)
        backend = lookup.planner.backend()
        count = Count({})
        for path in _takes(paths):
            _add(count, lookup, ledger, path)
    finally:
        ledger.close()
    print(json.dumps(_as_json(count, backend), indent=2) if args.json else _as_text(count, backend, paths))
    return OK


def _takes(paths: Sequence[Path]) -> Iterator[Path]:
    """Yield each take once, also one that is named twice."""
    return iter(dict.fromkeys(_named(paths)))


def _named(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from candidates(path, audio.watched_suffixes())
        else:
            yield path


def _add(count: Count, lookup: Lookup, ledger: Ledger, path: Path) -> None:
    """Count a file as the daemon would deal with it."""
    try:
        check_local(path)
        audio.inspect(path)
        if lookup.assessor.is_dealt_with(path):
            _add_known(count, lookup, ledger.jobs.newest(path))
            return
        forecast = lookup.assessor.forecast(path)
        sent = _sent_seconds(lookup, forecast)
    except InCloudOnly:
        count.in_cloud_only += 1
        return
    except TakevoiceError as error:
        count.unreadable.append(error)
        return
    if isinstance(forecast, ToConvert):
        draft = forecast.draft
        each = count.tracks.setdefault(draft.effective.track, Sum())
        each.files, each.seconds = each.files + 1, each.seconds + draft.take.seconds
        each.sent += sent
    else:
        count.known += forecast.disposition is not Disposition.REJECTED


def _add_known(count: Count, lookup: Lookup, job: Job | None) -> None:
    """Count a file that has had a job, or was skipped: what is still to come costs something; raises TakevoiceError."""
    if job is None or job.state is State.DONE:
        count.known += 1
    elif job.state is State.FAILED:
        count.failed += 1
    elif job.state is State.CANCELLED:
        count.cancelled += 1
    else:
        draft = lookup.planner.draft(job.path, job.options)
        answered = job.state is State.RESTORING or job.error_code == HoldReason.LOW_CORRELATION.code
        each = count.held if job.state is State.HELD else count.under_way
        each.files, each.seconds = each.files + 1, each.seconds + draft.take.seconds
        each.sent += 0.0 if answered else lookup.planner.segmentation(draft).frames / draft.take.sample_rate


def _sent_seconds(lookup: Lookup, forecast: Skipped | ToConvert) -> float:
    """Return how much of a file would be sent: each voice once, without long silence."""
    if isinstance(forecast, Skipped):
        return 0.0
    draft = forecast.draft
    return lookup.planner.segmentation(draft).frames / draft.take.sample_rate


def _as_text(count: Count, backend: Backend, paths: Sequence[Path]) -> str:
    lines = []
    if len(count.tracks) > 1:
        lines = [
            f"  {printable(name)}: {_cost(each, backend)}" for name, each in sorted(count.tracks.items())
        ]
    lines.append(f"{_cost(count.total, backend)} with {backend.name}" if count.tracks else "nothing new to convert")
    if count.under_way.files:
        lines.append(f"on their way: {_cost(count.under_way, backend)}")
    if count.held.files:
        places = " ".join(f'"{printable(path)}"' for path in paths)
        lines.append(f"held: {_cost(count.held, backend)}; `takevoice release {places}` converts what is held there")
    if count.failed:
        lines.append(f"{count.failed} {'has' if count.failed == 1 else 'have'} failed: `takevoice jobs --only failed` says why")
    if count.cancelled:
        lines.append(f"{count.cancelled} {'was' if count.cancelled == 1 else 'were'} cancelled or dropped: `takevoice convert FILE` converts one")
    if count.known:
        lines.append(f"{count.known} more {'is' if count.known == 1 else 'are'} known already, or results of takevoice")
    if count.in_cloud_only:
        lines.append(f"{count.in_cloud_only} in the cloud only: keep them on this device to have them counted")
    if count.unreadable:
        lines.append(f"{len(count.unreadable)} cannot be converted:")
        lines += [f"  {printable(error)}" for error in count.unreadable[:NAMED]]
    if len(count.unreadable) > NAMED:
        lines.append(f"  and {len(count.unreadable) - NAMED} more (--json names all of them)")
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
        "held": of(count.held),
        "under_way": of(count.under_way),
        "failed": count.failed,
        "cancelled": count.cancelled,
        "known": count.known,
        "in_cloud_only": count.in_cloud_only,
        "unreadable": len(count.unreadable),
        "problems": [str(error) for error in count.unreadable],
    }

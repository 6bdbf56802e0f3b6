"""takevoice quote: what converting would cost; nothing is sent and nothing is stored."""

from __future__ import annotations

import argparse
import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from takevoice import audio
from takevoice.cli import OK, USAGE
from takevoice.cli.common import environment_of
from takevoice.errors import TakevoiceError, printable
from takevoice.files import InCloudOnly, check_local
from takevoice.holds import HoldReason
from takevoice.jobs import Disposition, JobOptions, State
from takevoice.ledger import Ledger
from takevoice.paths import absolute_path
from takevoice.pipeline.assessment import ToConvert
from takevoice.pipeline.held_report import amount
from takevoice.pipeline.planning import Draft, Planner, PricePlanner
from takevoice.pipeline.prices import credits_for, price_in_words
from takevoice.service.environment import Environment
from takevoice.service.lookup import Lookup
from takevoice.settings import watch_root
from takevoice.voices import Backend
from takevoice.watch import candidates

NAMED = 10  # files that cannot be converted, named in the text


@dataclass
class Sum:
    """The takes of one track."""

    files: int = 0
    seconds: float = 0.0
    sent: float = 0.0  # seconds; more than that where each channel is converted by itself
    places: dict[Path, None] = field(default_factory=dict)  # the folders and files, as they were named, that they are in

    def add(self, place: Path, seconds: float, sent: float) -> None:
        """Add a take."""
        self.files, self.seconds, self.sent = self.files + 1, self.seconds + seconds, self.sent + sent
        self.places[place] = None

    @property
    def named(self) -> str:
        """The places, for a command."""
        return " ".join(f'"{printable(place)}"' for place in self.places)


@dataclass
class Count:
    """The takes of all tracks, and the files that are not counted."""

    tracks: dict[str, Sum]
    held: Sum = field(default_factory=Sum)
    under_way: Sum = field(default_factory=Sum)
    failed: Sum = field(default_factory=Sum)
    cancelled: Sum = field(default_factory=Sum)  # or dropped, or forgotten
    known: int = 0
    in_cloud_only: int = 0
    voices: Counter[str] = field(default_factory=Counter)  # that those in the tracks are to have
    without_voice: dict[str, int] = field(default_factory=dict)  # how many of these, by what is wrong with their voices
    unchecked: TakevoiceError | None = None  # why it is not known which voices exist
    unreadable: list[TakevoiceError] = field(default_factory=list)

    @property
    def total(self) -> Sum:
        """All tracks together."""
        all_ = self.tracks.values()
        return Sum(sum(s.files for s in all_), sum(s.seconds for s in all_), sum(s.sent for s in all_))


def run(args: argparse.Namespace) -> int:
    """Print files, duration and credits for each track; exit code 2 when a path does not exist, or none is named."""
    environment = environment_of(args)
    paths = [absolute_path(path) for path in args.paths] or _watched(environment)
    if not paths:
        print("No folder is watched: name one, `takevoice quote FOLDER`.")
        return USAGE
    for path in paths:
        if not path.exists():
            print(f"{printable(path)}: does not exist")
            return USAGE
    with closing(Ledger.for_reading(environment.state.ledger)) as ledger:
        lookup = Lookup(environment, ledger, PricePlanner)
        backend = lookup.planner.backend()
        count = Count({})
        for path, place in _takes(paths):
            _add(count, lookup, ledger, path, place)
    _look_for_voices(count, lookup.planner)
    print(json.dumps(_as_json(count, backend), indent=2) if args.json else _as_text(count, backend))
    return OK


def _watched(environment: Environment) -> list[Path]:
    loaded = environment.config.loaded
    return [watch_root(watch, loaded.path) for watch in loaded.settings.watch]


def _takes(paths: Sequence[Path]) -> Iterator[tuple[Path, Path]]:
    """Yield each take once, also one that is named twice, with the path that was given for it."""
    seen: dict[Path, Path] = {}
    for place in paths:
        for path in candidates(place, audio.watched_suffixes()) if place.is_dir() else [place]:
            seen.setdefault(path, place)
    return iter(seen.items())


def _add(count: Count, lookup: Lookup, ledger: Ledger, path: Path, place: Path) -> None:
    """Count a file as the daemon would deal with it."""
    try:
        check_local(path)
        audio.inspect(path)
        if lookup.assessor.is_dealt_with(path):
            _add_known(count, lookup, ledger, path, place)
            return
        forecast = lookup.assessor.forecast(path)
        if isinstance(forecast, ToConvert):
            sent = _sent_seconds(lookup, forecast.draft)
            track = forecast.draft.effective.track
            count.tracks.setdefault(track, Sum()).add(place, forecast.draft.take.seconds, sent)
            count.voices[forecast.draft.settings.voice] += 1
        else:
            count.known += forecast.disposition is not Disposition.REJECTED
    except InCloudOnly:
        count.in_cloud_only += 1
    except TakevoiceError as error:
        count.unreadable.append(error)


def _look_for_voices(count: Count, planner: Planner) -> None:
    """Note which voices do not exist: once for all takes, because it may need the network."""
    try:
        unknown = planner.unknown_voices(count.voices) if count.voices else {}
    except TakevoiceError as error:
        count.unchecked = error
        return
    count.without_voice = {str(problem): count.voices[name] for name, problem in unknown.items()}


def _add_known(count: Count, lookup: Lookup, ledger: Ledger, path: Path, place: Path) -> None:
    """Count a file that has had a job, or was skipped: what is still to come costs something; raises TakevoiceError."""
    job, known = ledger.jobs.newest(path), ledger.files.known(path)
    forgotten = job is None and known is not None and known.disposition is Disposition.JOB and known.job is None
    if forgotten:
        each = count.cancelled
    elif job is None or job.state is State.DONE or job.error_code == HoldReason.PICK.code:
        count.known += 1
        for candidate in ledger.candidates.of(job.id if job else 0):
            if candidate.state is State.HELD:
                draft = lookup.planner.draft(path, candidate.options)
                count.held.add(place, draft.take.seconds, _sent_seconds(lookup, draft))
        return
    else:
        each = {State.FAILED: count.failed, State.CANCELLED: count.cancelled, State.HELD: count.held}.get(
            job.state, count.under_way
        )
    draft = lookup.planner.draft(path, job.options if job else JobOptions())
    is_answered = job is not None and (
        job.state is State.RESTORING or (job.state is State.HELD and job.error_code == HoldReason.LOW_CORRELATION.code)
    )
    each.add(place, draft.take.seconds, 0.0 if is_answered else _sent_seconds(lookup, draft))


def _sent_seconds(lookup: Lookup, draft: Draft) -> float:
    """Return how much of a take would be sent: each voice once, without long silence, for each candidate."""
    return lookup.planner.sent_seconds(draft)


def _as_text(count: Count, backend: Backend) -> str:
    lines = []
    if len(count.tracks) > 1:
        lines = [
            f"  {printable(name)}: {_cost(each, backend)}" for name, each in sorted(count.tracks.items())
        ]
    lines.append(f"{_cost(count.total, backend)} with {backend.name}" if count.tracks else "nothing new to convert")
    lines += [
        f"{number} of these would be held: {printable(problem)}"
        for problem, number in count.without_voice.items()
    ]
    if count.unchecked and backend.ready:
        lines.append(f"whether the voices exist is not known: {printable(count.unchecked)}")
    if not backend.ready:
        lines.append(f"this assumes {backend.name}, which is not ready: {printable(backend.detail)}")
    if count.under_way.files:
        lines.append(f"on their way: {_cost(count.under_way, backend)}")
    if count.held.files:
        lines.append(
            f"held: {_cost(count.held, backend)}; `takevoice release {count.held.named}` converts what is held there"
        )
    if count.failed.files:
        has = "has" if count.failed.files == 1 else "have"
        again = _again(count.failed, backend)
        lines.append(
            f"{count.failed.files} {has} failed: `takevoice retry {count.failed.named}` {again}, `takevoice jobs --only failed` says why"
        )
    if count.cancelled.files:
        was = "was" if count.cancelled.files == 1 else "were"
        cost = _price(count.cancelled, backend)
        lines.append(
            f"{count.cancelled.files} {was} cancelled or dropped ({cost}): `takevoice explain {_first(count.cancelled)}` says what helps"
        )
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
    return f"{amount(each.files, each.seconds)}, {_price(each, backend)}"


def _price(each: Sum, backend: Backend) -> str:
    return price_in_words(credits_for(backend, each.sent))


def _again(each: Sum, backend: Backend) -> str:
    price, them = _price(each, backend), "it" if each.files == 1 else "them"
    return f"converts {them} for free" if price == "free" else f"would cost {price}"


def _first(each: Sum) -> str:
    """Return the only place, or what stands for one of several."""
    return each.named if len(each.places) == 1 else "FOLDER"


def _as_json(count: Count, backend: Backend) -> dict[str, object]:
    def of(each: Sum) -> dict[str, object]:
        return {
            "files": each.files,
            "seconds": round(each.seconds, 3),
            "credits": math.ceil(credits_for(backend, each.sent)),
        }

    return {
        "backend": backend.name,
        "ready": backend.ready,
        **of(count.total),
        "tracks": {name: of(each) for name, each in count.tracks.items()},
        "held": of(count.held),
        "under_way": of(count.under_way),
        "failed": count.failed.files,
        "failed_credits": of(count.failed)["credits"],
        "cancelled": count.cancelled.files,
        "cancelled_credits": of(count.cancelled)["credits"],
        "known": count.known,
        "in_cloud_only": count.in_cloud_only,
        "without_voice": None if count.unchecked else sum(count.without_voice.values()),
        "unreadable": len(count.unreadable),
        "problems": [str(error) for error in count.unreadable],
    }

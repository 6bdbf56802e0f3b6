"""What converting files would cost; nothing is sent and nothing is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from takevoice import audio
from takevoice.errors import LedgerError, TakevoiceError
from takevoice.files import InCloudOnly, check_local
from takevoice.holds import HoldReason
from takevoice.jobs import Disposition, Job, JobOptions, State
from takevoice.ledger import Ledger
from takevoice.pipeline.assessment import ToConvert
from takevoice.pipeline.planning import Draft
from takevoice.pipeline.prices import credits_for
from takevoice.service.lookup import Lookup
from takevoice.voices import Backend
from takevoice.watch import candidates

"""Why jobs are held whose answers are there."""


class Kind(StrEnum):
    """What a file is to a quote."""

    NEW = "new"  # it would be converted
    UNDER_WAY = "under_way"
    HELD = "held"
    FAILED = "failed"
    CANCELLED = "cancelled"  # or dropped, or forgotten
    KNOWN = "known"  # converted already, or a result
    REJECTED = "rejected"  # its track is not enabled, or a plugin rejects it
    IN_CLOUD = "in_cloud_only"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class QuotedTake:
    """A file, and what would become of it. `sent` are the seconds that are sent: more than `seconds` where each channel is
    converted by itself, fewer where there is silence. `credits`: what that costs. `name` is the result's path, before any number is added to it; None
    where it was not asked for, or is not known.
    """

    path: Path
    place: Path  # the folder or file that was named
    kind: Kind
    track: str = ""
    voice: str = ""
    seconds: float = 0.0
    sent: float = 0.0
    credits: float = 0.0
    name: Path | None = None
    error: TakevoiceError | None = None  # why it cannot be converted

    @property
    def has_price(self) -> bool:
        """True for a file that may still be converted."""
        return self.kind in (Kind.NEW, Kind.UNDER_WAY, Kind.HELD, Kind.FAILED, Kind.CANCELLED)


@dataclass
class Quote:
    """All files, what converts them, and what is wrong with the voices of the new ones."""

    backend: Backend
    takes: list[QuotedTake] = field(default_factory=list)
    without_voice: Mapping[str, int] = field(default_factory=dict)  # how many, by what is wrong with their voices
    unchecked: TakevoiceError | None = None  # why it is not known which voices exist

    def of(self, kind: Kind) -> Sequence[QuotedTake]:
        """Return the files of a kind."""
        return [take for take in self.takes if take.kind is kind]

    def credits(self, takes: Sequence[QuotedTake]) -> float:
        """Return what these files cost."""
        return sum(take.credits for take in takes)


class Quoting:
    """Looks at files as the daemon would deal with them."""

    def __init__(self, lookup: Lookup, ledger: Ledger) -> None:
        self._lookup, self._ledger = lookup, ledger

    def quote(self, paths: Sequence[Path], *, named: bool = False) -> Quote:
        """Return the quote of files and folders with their subfolders; `named`: with the names of the results.

        Raises:
            BackendUnavailable: it is not known what would convert them.
            LedgerError: the ledger cannot be read.
        """
        quote = Quote(self._lookup.planner.backend())
        if quote.backend.idempotent:  # a house may have voices that cost nothing
            with suppress(TakevoiceError):
                self._lookup.planner.voices(quote.backend.name)
        for path, place in _takes(paths):
            quote.takes += self._take(path, place, named=named)
        self._check_voices(quote)
        return quote

    def _take(self, path: Path, place: Path, *, named: bool) -> Sequence[QuotedTake]:
        try:
            return self._examined(path, place, named=named)
        except InCloudOnly:
            return [QuotedTake(path, place, Kind.IN_CLOUD)]
        except LedgerError:
            raise  # it is the same for every take
        except TakevoiceError as error:
            return [QuotedTake(path, place, Kind.UNREADABLE, error=error)]

    def _examined(self, path: Path, place: Path, *, named: bool) -> Sequence[QuotedTake]:
        check_local(path)
        audio.inspect(path)
        if self._lookup.assessor.is_dealt_with(path):
            return self._known(path, place, named=named)
        forecast = self._lookup.assessor.forecast(path)
        if isinstance(forecast, ToConvert):
            return [self._priced(QuotedTake(path, place, Kind.NEW), forecast.draft, JobOptions(), named=named)]
        rejected = forecast.disposition is Disposition.REJECTED
        return [QuotedTake(path, place, Kind.REJECTED if rejected else Kind.KNOWN)]

    def _known(self, path: Path, place: Path, *, named: bool) -> Sequence[QuotedTake]:
        """Return a file that has had a job, or was skipped, and its held candidates: what is still to come costs something."""
        job, known = self._ledger.jobs.newest(path), self._ledger.files.known(path)
        forgotten = job is None and known is not None and known.disposition is Disposition.JOB and known.job is None
        if not forgotten and (job is None or job.state is State.DONE or job.error_code == HoldReason.PICK.code):
            return [QuotedTake(path, place, Kind.KNOWN), *self._held_candidates(path, place, job)]
        kinds = {State.FAILED: Kind.FAILED, State.CANCELLED: Kind.CANCELLED, State.HELD: Kind.HELD}
        kind = Kind.CANCELLED if job is None else kinds.get(job.state, Kind.UNDER_WAY)
        options = job.options if job else JobOptions()
        take = self._priced(QuotedTake(path, place, kind), self._lookup.planner.draft(path, options), options, named=named)
        is_answered = job is not None and (
            job.state is State.RESTORING or (job.state is State.HELD and job.error_code == HoldReason.LOW_CORRELATION.code)
        )
        return [replace(take, sent=0.0, credits=0.0) if is_answered else take]

    def _held_candidates(self, path: Path, place: Path, job: Job | None) -> Sequence[QuotedTake]:
        held = [each for each in self._ledger.candidates.of(job.id if job else 0) if each.state is State.HELD]
        drafts = [(self._lookup.planner.draft(path, each.options), each.options) for each in held]
        return [self._priced(QuotedTake(path, place, Kind.HELD), *draft, named=False) for draft in drafts]

    def _priced(self, take: QuotedTake, draft: Draft, options: JobOptions, *, named: bool) -> QuotedTake:
        planner = self._lookup.planner
        sent = planner.sent_seconds(draft)  # each voice once, without long silence, for each candidate
        voice, name = draft.settings.voice, None
        if named:
            with suppress(TakevoiceError):  # the backend has no such voice, or cannot be asked
                plan = planner.complete(draft)
                voice, name = plan.voice.name, planner.output_path(plan, options)
        cost = credits_for(draft.backend, sent)
        return replace(
            take, track=draft.effective.track, voice=voice, seconds=draft.take.seconds, sent=sent, credits=cost, name=name
        )

    def _check_voices(self, quote: Quote) -> None:
        """Note which voices do not exist: once for all takes, because it may need the network."""
        voices = Counter(take.voice for take in quote.of(Kind.NEW))
        try:
            unknown = self._lookup.planner.unknown_voices(voices) if voices else {}
        except TakevoiceError as error:
            quote.unchecked = error
            return
        quote.without_voice = {str(problem): voices[name] for name, problem in unknown.items()}


def _takes(paths: Sequence[Path]) -> Iterator[tuple[Path, Path]]:
    """Yield each take once, also one that is named twice, with the path that was given for it."""
    seen: dict[Path, Path] = {}
    for place in paths:
        for path in candidates(place, audio.watched_suffixes()) if place.is_dir() else [place]:
            seen.setdefault(path, place)
    return iter(seen.items())

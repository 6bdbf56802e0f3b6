"""Jobs, tracks and what is held, as plain values: what is there, what happened, and what may be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from takevoice.jobs import Job, State
from takevoice.ledger import Ledger
from takevoice.ledger.jobs import Change
from takevoice.pipeline.advice import Choice, choices
from takevoice.reasons import split


@dataclass(frozen=True)
class JobView:
    """A job as a person sees it. Times are Unix times in seconds, `seconds` is the length of the take.

    `why` is the reason that it waits for or ended with, without the file's name; `choices` is what may be done with it, the
    usual one first. `spent` are the credits that were sent for it, `price` those that it will cost at most: None when that
    is unknown, or when nothing more is to come.
    """

    id: int
    state: State
    path: Path
    source: Path  # the file that an excerpt was cut from; else `path`
    output: Path | None
    folder: Path | None  # the watched folder
    origin: str
    owner: str
    track: str
    backend: str
    voice: str
    voice_id: str
    settings: Mapping[str, Any]  # those in force, by name; empty until they are decided
    seconds: float
    channels: int
    progress: float  # 0 to 1
    attempt: int
    code: str
    why: str
    stopping: bool  # a person has cancelled it, and it is still under way
    created: float
    changed: float
    spent: float
    price: float | None
    choices: Sequence[Choice]
    candidate: int = 0  # which candidate of its take it is, from 1; 0: it is a take

    @property
    def name(self) -> str:
        """The name of the take."""
        return self.source.name

    @property
    def seed(self) -> int | None:
        """The seed that was sent; None where the backend chose."""
        return self.settings.get("seed")

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as JSON values."""
        paths = {name: _text(getattr(self, name)) for name in ("path", "source", "output", "folder")}
        does = [choice._asdict() for choice in self.choices]
        return {**self.__dict__, **paths, "state": self.state.value, "name": self.name, "choices": does}


@dataclass(frozen=True)
class JobDetail:
    """A job with its history, the results of all its tries, and the requests that it answers."""

    job: JobView
    history: Sequence[Change]
    results: Sequence[Path]
    requests: Sequence[str]
    there: Mapping[str, bool]  # "original" and "result": whether the file is there now

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as JSON values."""
        history = [{"at": each.at, "state": each.state.value, "detail": each.detail} for each in self.history]
        results = [str(path) for path in self.results]
        return {
            **self.job.as_dict(),
            "history": history,
            "results": results,
            "requests": list(self.requests),
            "there": dict(self.there),
        }


@dataclass(frozen=True)
class TrackView:
    """A track that takes were met for, or that the config names: its voice now, and its jobs by state."""

    track: str
    voice: str  # in force now; empty where the config cannot be used
    source: str  # what decides the voice, such as `[tracks."Anna"]`
    jobs: Mapping[State, int] = field(default_factory=dict)
    seconds: float = 0.0  # of all its takes
    stale: int = 0  # results by another voice than the one in force now
    changed: float = 0.0  # Unix time of the last change of a job

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as JSON values."""
        return {**asdict(self), "jobs": {state.value: count for state, count in self.jobs.items()}}


@dataclass(frozen=True)
class HeldGroup:
    """Jobs that are held for the same reason, with what they would cost at most and what may be done with each."""

    code: str
    jobs: int
    seconds: float
    price: float
    choices: Sequence[Choice]

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as JSON values."""
        return {**asdict(self), "choices": [choice._asdict() for choice in self.choices]}


def view(job: Job, spent: float = 0.0, price: float | None = None, *, may_forget: bool = True) -> JobView:
    """Return a job as a person sees it; `may_forget`: nothing was sent for it that may be paid for."""
    forget = [Choice("forget", "takes it off the list")] if may_forget and _came_to_nothing(job) else []
    plugins = {"plugins": list(job.audio_plugins)} if job.audio_plugins else {}
    settings = {**job.settings.as_dict(), **plugins} if job.is_planned else {}
    return JobView(
        id=job.id,
        state=job.state,
        path=job.path,
        source=job.source,
        output=job.output,
        folder=job.root,
        origin=job.origin,
        owner=job.owner,
        track=job.track,
        backend=job.backend,
        voice=job.voice,
        voice_id=job.voice_id,
        settings=settings,
        seconds=job.seconds,
        channels=job.channels,
        progress=job.progress,
        attempt=job.attempt,
        code=job.error_code,
        why=split(job.error, job.id, job.path)[0],
        stopping=job.cancel_requested and not job.state.final,
        created=job.created,
        changed=job.changed,
        spent=spent,
        price=price,
        choices=[*choices(job), *forget],
        candidate=job.options.candidate,
    )


def views(jobs: Sequence[Job], ledger: Ledger, price_of: Mapping[int, float | None]) -> list[JobView]:
    """Return jobs as a person sees them; `price_of` has what is to come for them, as far as it is known."""
    spent = ledger.search.spent([job.id for job in jobs])
    return [view(job, spent.get(job.id, 0.0), price_of.get(job.id), may_forget=job.id not in spent) for job in jobs]


def _came_to_nothing(job: Job) -> bool:
    return job.state in (State.FAILED, State.CANCELLED)


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)

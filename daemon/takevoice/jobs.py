"""Takes and jobs as frozen values, and which state may follow which."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

from takevoice.holds import Approval, HoldReason
from takevoice.states import ACTIVE as ACTIVE
from takevoice.states import FINAL as FINAL
from takevoice.states import State as State
from takevoice.system.fileid import FileVersion
from takevoice.take_settings import TakeSettings

NEXT: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        # Straight to restoring: a person released it, and its answer is there. Straight to done: one of its candidates is picked.
        State.FOUND: frozenset(
            {State.SETTLING, State.QUEUED, State.RESTORING, State.DONE, State.HELD, State.FAILED, State.CANCELLED}
        ),
        State.SETTLING: frozenset({State.QUEUED, State.HELD, State.FAILED, State.CANCELLED}),
        # Back to found: its settings have changed, and it is planned again.
        State.QUEUED: frozenset({State.FOUND, State.CONVERTING, State.HELD, State.FAILED, State.CANCELLED}),
        State.HELD: frozenset({State.FOUND, State.FAILED, State.CANCELLED}),
        # Back to queued: a crash or a shutdown in the middle. Back to found: its file has got another name.
        State.CONVERTING: frozenset(
            {State.RESTORING, State.QUEUED, State.FOUND, State.HELD, State.FAILED, State.CANCELLED}
        ),
        State.RESTORING: frozenset(
            {State.DONE, State.QUEUED, State.FOUND, State.HELD, State.FAILED, State.CANCELLED}
        ),
        State.DONE: frozenset({State.FOUND}),
        State.FAILED: frozenset({State.FOUND}),
        State.CANCELLED: frozenset({State.FOUND}),
    }
)
"""The states that may follow each state. From a final one only a person's `retry` leads on."""


@dataclass(frozen=True)
class Take:
    """An audio file: where it is and what it holds. It is read in blocks, never as a whole."""

    path: Path
    frames: int
    sample_rate: int  # Hz
    channels: int
    container: str  # soundfile's name: WAV, WAVEX, RF64, W64, AIFF, FLAC, OGG ...
    subtype: str  # soundfile's name: PCM_16, PCM_24, FLOAT, VORBIS ...
    endian: str = "FILE"  # soundfile's name: FILE (the container's own), LITTLE, BIG

    @property
    def seconds(self) -> float:
        """Duration in seconds."""
        return self.frames / self.sample_rate


@dataclass(frozen=True)
class Encoded:
    """A backend's answer: encoded audio as it arrives.

    `output_format` says what the bytes are. "auto" means a file that says so itself (WAV, FLAC, MP3,
    Ogg); a name of `OUTPUT_FORMATS` is needed for headerless PCM, mu-law and A-law. `max_concurrent` says how many
    conversions at once the account allows, `credits` what it has billed for this answer, if the backend reported it.
    `saved` are the credits that the answer cost when it was made for an earlier request: it was kept, and not paid again.
    """

    chunks: Iterator[bytes]
    output_format: str = "auto"
    max_concurrent: int | None = None
    credits: float | None = None
    saved: float = 0.0


class Disposition(StrEnum):
    """What takevoice decided about one version of a file."""

    JOB = "job"  # it has a job
    OWN_RESULT = "ours"  # it is a result of takevoice
    ALREADY_CONVERTED = "known"  # its result exists
    REJECTED = "refused"  # a plugin or the configuration excludes it
    REMOVED = "gone"  # it was removed before it was finished
    CHANGED = "changed"  # it was written to again while it was read


@dataclass(frozen=True)
class SourcePart:
    """The part of a file that a request asked for: what its job converts was cut from there, and can be cut again.

    `start`, `length` and `handle` are in seconds; `channels` are numbers from 1, None: all.
    """

    path: Path
    start: float
    length: float
    handle: float = 0.0
    channels: tuple[int, ...] | None = None


@dataclass(frozen=True)
class JobOptions:
    """What a person or a script asked for with one job; the defaults are those of a take dropped into a folder."""

    track: str | None = None  # None: plugins and the file name decide
    overrides: Mapping[str, Any] = field(default_factory=dict)  # settings given with the request
    output: Path | None = None  # the result's path, or a folder for it
    output_folder: Path | None = None  # the result's folder, of a request file; None: next to the take
    part: SourcePart | None = None  # what the take was cut from; None: it is a file as it was found
    head: float | None = None  # seconds of an excerpt before the start that was asked for; None: it is no excerpt
    name: str = ""  # the name of a request's sound, as it was given; empty: its file's
    session: str = ""  # the name of the session or project that the sound is of; for people
    place: Path | None = None  # where the take was before takevoice moved it to its done folder; None: it was not moved
    start: str = ""  # where the take begins in its session, in samples; kept for the script that asked
    force: bool = False  # convert even if the same result exists already
    approvals: tuple[Approval, ...] = ()  # holds that a person has lifted
    discard_received: bool = False  # the stored answer is bad: convert again
    new_answer: bool = False  # a person wants another answer: none that other jobs got is used
    candidate: int = 0  # which candidate of its take this is, from 1; 0: it is a take
    urgent: float = 0.0  # Unix time at which a person had it begun before all others; the latest such time comes first
    more: int = 0  # further candidates that are wanted of a take that has some
    releases: int = 0  # how often a person had it continue where it was held: what is asked for stays the same

    @property
    def is_placed(self) -> bool:
        """True when the result's place is given with the request: another result elsewhere does not answer it."""
        return self.output is not None or self.output_folder is not None

    def name_of(self, path: Path) -> str:
        """Return the name of a take, which decides its track: the one given with the request, else its file's, without suffix."""
        return self.name or (self.part.path if self.part else path).stem

    def approves(self, reason: HoldReason, answer_key: str | None = None) -> bool:
        """Return True when a person has approved going on in spite of `reason`."""
        return any(approval.covers(reason, answer_key) for approval in self.approvals)


UNDONE = "undone"
"""The error code of a job that is done, whose result a person had deleted."""


@dataclass(frozen=True)
class Job:
    """One take on its way to one converted file."""

    id: int
    path: Path  # the original
    state: State
    origin: str = "folder"  # folder, command, audition, osc or file (a request file): who asked
    owner: str = "daemon"  # the process that works on it
    root: Path | None = None  # the watched folder that it came from
    version: FileVersion | None = None  # of the original
    options: JobOptions = field(default_factory=JobOptions)
    track: str = ""
    backend: str = ""
    voice: str = ""  # the voice's name, as it goes into the file name
    voice_id: str = ""
    settings: TakeSettings = field(default_factory=TakeSettings)  # meaningful once `is_planned`
    audio_plugins: tuple[str, ...] = ()  # plugins, with versions, that change the audio on its way
    settings_hash: str = ""
    audio_hash: str = ""  # of the decoded audio
    frames: int = 0
    sample_rate: int = 0  # Hz
    channels: int = 0
    progress: float = 0.0  # of the conversion, 0 to 1
    output: Path | None = None  # the converted file, once its name is decided
    offset_ms: float | None = None  # by how much the answer was late, before it was aligned
    drift_ms: float | None = None  # by how much it got later from beginning to end
    correlation: float | None = None  # with the original: near 1 for the same words at the same times
    error_code: str = ""
    error: str = ""
    attempt: int = 1
    family: int = 0  # the number of the take's job, for a take with candidates and for each of these; 0: it has none
    cancel_requested: bool = False
    created: float = 0.0  # Unix time
    changed: float = 0.0  # Unix time of the last change of state
    unusable: str = ""  # for `convert`: the SHA-256 of an earlier answer to this very request that could not be used

    @property
    def is_undone(self) -> bool:
        """True for a job that is done, and whose result a person had deleted."""
        return self.state is State.DONE and self.error_code == UNDONE

    @property
    def seconds(self) -> float:
        """Duration of the take in seconds; 0 while it is unknown."""
        return self.frames / self.sample_rate if self.sample_rate else 0.0

    @property
    def source(self) -> Path:
        """The user's own file: the take, or the file that it was cut from."""
        return self.options.part.path if self.options.part else self.path

    @property
    def places(self) -> Collection[Path]:
        """The paths by which a person may mean its take: where that is, what it was cut from, and where it was before it was moved."""
        return {self.path, self.source, self.options.place or self.path}

    @property
    def is_planned(self) -> bool:
        """True once its settings, backend and voice are decided."""
        return bool(self.settings_hash)

    @property
    def is_requested(self) -> bool:
        """True when a person or a script asked for it, rather than the file just appearing in a folder."""
        return self.origin != "folder" or self.attempt > 1

    @property
    def has_candidates(self) -> bool:
        """True for the job of a take with candidates: nothing is sent for it, and its result is a copy of one of them."""
        return bool(self.family) and self.family == self.id

    @property
    def is_candidate(self) -> bool:
        """True for one of several candidates of a take."""
        return self.options.candidate > 0

    @property
    def has_ended(self) -> bool:
        """True when nothing more happens unless a person acts: it is final, or held."""
        return self.state.final or self.state is State.HELD


def standing_job(jobs: Sequence[Job]) -> Job | None:
    """Return the newest job of a take that counts; `jobs` are all of it but candidates, newest first.

    One that failed or was called off does not count where the same audio has been converted before: that result stands.
    """
    for place, job in enumerate(jobs):
        is_vain = job.state in (State.FAILED, State.CANCELLED) and bool(job.audio_hash)
        before = next((each for each in jobs[place + 1 :] if each.state is State.DONE), None)
        if not is_vain or before is None or before.audio_hash != job.audio_hash:
            return job
    return None

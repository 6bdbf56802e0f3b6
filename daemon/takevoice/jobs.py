"""Takes and jobs as frozen values, and which state may follow which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple


class State(StrEnum):
    """Where a job is on its way; each change is in the ledger before it is acted on."""

    FOUND = "found"  # seen in a folder, or asked for
    SETTLING = "settling"  # its file is still being written, or was a moment ago
    QUEUED = "queued"  # finished file, settings known; waits for a free slot
    HELD = "held"  # needs a person
    CONVERTING = "converting"  # with the backend
    RESTORING = "restoring"  # converted; being made to fit the original again
    DONE = "done"  # published
    FAILED = "failed"  # error_code and error say why
    CANCELLED = "cancelled"  # by a person, or its file went away

    @property
    def final(self) -> bool:
        """True when nothing more happens by itself."""
        return self in FINAL


FINAL = frozenset({State.DONE, State.FAILED, State.CANCELLED})
ACTIVE = tuple(state for state in State if state not in FINAL and state is not State.HELD)

NEXT: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        State.FOUND: frozenset({State.SETTLING, State.QUEUED, State.HELD, State.FAILED, State.CANCELLED}),
        State.SETTLING: frozenset({State.QUEUED, State.HELD, State.FAILED, State.CANCELLED}),
        State.QUEUED: frozenset({State.CONVERTING, State.HELD, State.FAILED, State.CANCELLED}),
        State.HELD: frozenset({State.FOUND, State.RESTORING, State.FAILED, State.CANCELLED}),
        # Back to queued: a crash or a shutdown in the middle.
        State.CONVERTING: frozenset(
            {State.RESTORING, State.QUEUED, State.HELD, State.FAILED, State.CANCELLED}
        ),
        State.RESTORING: frozenset({State.DONE, State.QUEUED, State.HELD, State.FAILED, State.CANCELLED}),
        State.DONE: frozenset({State.FOUND}),
        State.FAILED: frozenset({State.FOUND}),
        State.CANCELLED: frozenset({State.FOUND}),
    }
)
"""The states that may follow each state. From a final one only a person's `retry` leads on."""


class FileVersion(NamedTuple):
    """One version of a file on disk: as long as it is the same, the file has not been touched."""

    size: int  # bytes
    mtime_ns: int
    inode: int


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
    """What a backend gives back: encoded audio as it arrives.

    `output_format` says what the bytes are. "auto" means a file that says so itself (WAV, FLAC, MP3,
    Ogg); a name of `OUTPUT_FORMATS` is needed for headerless PCM, mu-law and A-law.
    """

    chunks: Iterator[bytes]
    output_format: str = "auto"


@dataclass(frozen=True)
class Job:
    """One take on its way to one converted file."""

    id: int
    path: Path  # the original
    state: State
    origin: str = "folder"  # folder, command or osc: who asked
    runner: str = "daemon"  # the process that works on it
    root: Path | None = None  # the watched folder that it came from
    version: FileVersion | None = None
    track: str = ""
    backend: str = ""
    voice: str = ""  # the voice's name, as it goes into the file name
    settings: Mapping[str, Any] = field(default_factory=dict)  # effective settings, plain JSON values
    settings_hash: str = ""
    audio_hash: str = ""  # of the decoded audio
    frames: int = 0
    sample_rate: int = 0  # Hz
    channels: int = 0
    progress: float = 0.0  # of the conversion, 0 to 1
    output: Path | None = None  # the converted file, once its name is decided
    offset_ms: float | None = None  # by which the answer was late, before it was put in its place
    drift_ms: float | None = None  # by which it got later from beginning to end
    correlation: float | None = None  # with the original: near 1 for the same words at the same times
    error_code: str = ""
    error: str = ""
    attempt: int = 1
    cancel_requested: bool = False
    created: float = 0.0  # Unix time
    changed: float = 0.0  # Unix time of the last change of state

    @property
    def seconds(self) -> float:
        """Duration of the take in seconds; 0 while it is not known."""
        return self.frames / self.sample_rate if self.sample_rate else 0.0

"""Media sources: a file, a section of another source (also reversed), or MIDI."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import soundfile

OTHER_KINDS = {".wv": "WAVPACK", ".mp3": "MP3", ".opus": "OGG", ".m4a": "VIDEO", ".mp4": "VIDEO"}


@dataclass(eq=False)
class Source:
    """A source; `pointer` is its type for scripts."""

    pointer = "PCM_source"
    kind = ""
    path: str = ""
    gone: bool = False
    owned: bool = False
    """Whether it is in a project; such a source must not be destroyed."""

    parent: Source | None = None

    @property
    def root(self) -> Source:
        """The source that reads the file."""
        return self.parent.root if self.parent else self

    @property
    def chain(self) -> list[Source]:
        """The source and the sources it is a section of, outermost first."""
        return [self, *(self.parent.chain if self.parent else [])]

    @property
    def length(self) -> float:
        """Seconds; 0 while the media is offline or missing."""
        raise NotImplementedError

    @property
    def rate(self) -> int:
        """Samples per second; 0 while the media is offline or missing, and for MIDI."""
        return self.root.rate if self.parent else 0

    @property
    def channels(self) -> int:
        """Number of channels."""
        return self.root.channels if self.parent else 0

    def copy(self) -> Source:
        """Return a source like this, another pointer."""
        raise NotImplementedError


@dataclass(eq=False)
class FileSource(Source):
    """A file. `told` (length, rate, channels) replaces what libsndfile finds, for formats it cannot read."""

    offline: bool = False
    was_offline: bool = False
    """Length and rate stay 0 once media was offline, as measured in REAPER by others; the sound can be read again."""
    told: tuple[float, int, int] | None = None

    @property
    def kind(self) -> str:  # type: ignore[override]
        """As `GetMediaSourceType` gives it."""
        suffix = Path(self.path).suffix.lower()
        return OTHER_KINDS.get(suffix, {".aif": "AIFF"}.get(suffix, suffix.lstrip(".").upper()))

    @property
    def _info(self) -> tuple[float, int, int]:
        if self.offline or self.was_offline or not Path(self.path).is_file():
            return 0.0, 0, 0
        return self.told or measured(self.path, Path(self.path).stat().st_mtime_ns)

    @property
    def length(self) -> float:
        return self._info[0]

    @property
    def rate(self) -> int:
        return self._info[1]

    @property
    def channels(self) -> int:
        return self._info[2]

    def copy(self) -> Source:
        return FileSource(self.path, offline=self.offline, was_offline=self.was_offline, told=self.told)


@dataclass(eq=False)
class SectionSource(Source):
    """A section of another source, in seconds of it; reversed or not."""

    kind = "SECTION"
    offset: float = 0.0
    section_length: float = 0.0
    """0: to the end."""
    reverse: bool = False

    @property
    def length(self) -> float:
        assert self.parent is not None
        whole = max(0.0, self.parent.length - self.offset)
        return min(self.section_length, whole) if self.section_length else whole

    def copy(self) -> Source:
        assert self.parent is not None
        copy = SectionSource(parent=self.parent.copy(), offset=self.offset, reverse=self.reverse)
        copy.section_length = self.section_length
        return copy


@dataclass(eq=False)
class MidiSource(Source):
    """MIDI in the project: no file, and a length in quarter notes."""

    kind = "MIDI"
    quarters: float = 4.0

    @property
    def length(self) -> float:
        return self.quarters

    def copy(self) -> Source:
        return MidiSource(quarters=self.quarters)


@lru_cache(maxsize=4096)
def measured(path: str, _changed: int) -> tuple[float, int, int]:
    """Return the length in seconds, the rate and the channels of a file; zeros if it is no sound."""
    try:
        info = soundfile.info(os.fsencode(path))  # a name need not be UTF-8
    except soundfile.LibsndfileError:
        return 0.0, 0, 0
    return info.frames / info.samplerate, info.samplerate, info.channels

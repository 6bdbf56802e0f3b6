"""One conversion from file to bytes, and where it is done: here, or in a process of its own beside others."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from takevoice_plugins.local import engine
from takevoice_plugins.local.encode import encode
from takevoice_plugins.local.parameters import Parameters
from takevoice_plugins.local.recipe import VoiceProfile
from takevoice_plugins.local.source import FileSource, read_blocks

WORTH_IT = 20.0  # seconds of a take from which starting a process takes less time than it saves


@dataclass(frozen=True)
class Work:
    """A take's file, and what is wanted of it."""

    path: Path
    sample_rate: int
    frames: int
    parameters: Parameters
    output_format: str


def converted(voice: VoiceProfile, work: Work) -> Iterator[bytes]:
    """The encoded bytes, as they are made; raises AudioError when the file cannot be read."""
    with closing(FileSource(work.path, work.sample_rate, work.frames)) as source:
        plan = engine.plan(source, voice, work.parameters)
        blocks = plan.convert(read_blocks(source))
        yield from encode(blocks, work.sample_rate, work.frames, work.output_format)


class Workshop:
    """Gives the first take to this process, and long ones that come meanwhile to others, one for each further core."""

    def __init__(self, cores: int | None = None) -> None:
        self._cores = cores or os.cpu_count() or 1
        self._lock = threading.Lock()
        self._here = self._apart = 0

    def convert(self, voice: VoiceProfile, work: Work) -> Iterator[bytes]:
        """The same bytes wherever it is done."""
        with self._lock:
            apart = (
                self._here > 0
                and self._apart < self._cores - 1
                and work.frames >= WORTH_IT * work.sample_rate
            )
            self._count(apart, 1)
        try:
            if apart:
                from takevoice_plugins.local.apart import converted_apart

                yield from converted_apart(voice, work)
            else:
                yield from converted(voice, work)
        finally:
            with self._lock:
                self._count(apart, -1)

    def _count(self, apart: bool, change: int) -> None:
        if apart:
            self._apart += change
        else:
            self._here += change

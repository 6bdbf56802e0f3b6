"""One conversion from file to bytes, and where it is done: here, or in a process of its own beside others."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from takevoice_plugins.local import engine
from takevoice_plugins.local.encode import encode
from takevoice_plugins.local.parameters import Parameters
from takevoice_plugins.local.recipe import VoiceProfile
from takevoice_plugins.local.source import FileSource, read_blocks

if TYPE_CHECKING:
    from takevoice_plugins.local.apart import ConverterProcess

MIN_SECONDS_TO_SPAWN = 60.0  # seconds of a take from which starting a process takes less time than it saves
MIN_SECONDS_TO_REUSE = 3.0  # seconds of a take from which asking one that has started does
IDLE = 60.0  # seconds that a process waits for another take


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


class ProcessPool:
    """Gives the first take to this process, and long ones that come meanwhile to others, one for each further core.

    Processes that have started wait for more takes for a while.
    """

    def __init__(self, cores: int | None = None, idle: float = IDLE) -> None:
        self._cores, self._idle_for = cores or os.cpu_count() or 1, idle
        self._lock = threading.Lock()
        self._here = self._apart = 0
        self._waiting: list[ConverterProcess] = []

    def convert(self, voice: VoiceProfile, work: Work) -> Iterator[bytes]:
        """The same bytes wherever it is done."""
        seconds = work.frames / work.sample_rate
        with self._lock:
            enough = seconds >= (MIN_SECONDS_TO_REUSE if self._waiting else MIN_SECONDS_TO_SPAWN)
            apart = enough and self._here > 0 and self._apart < self._cores - 1
            process = self._one_waiting() if apart else None
            self._count(apart, 1)
        try:
            yield from self._converted_apart(voice, work, process) if apart else converted(voice, work)
        finally:
            with self._lock:
                self._count(apart, -1)

    def _one_waiting(self) -> ConverterProcess | None:
        while self._waiting:
            process = self._waiting.pop()
            if process.alive:
                return process
            process.end()
        return None

    def _converted_apart(self, voice: VoiceProfile, work: Work, process: ConverterProcess | None) -> Iterator[bytes]:
        from takevoice_plugins.local.apart import ConverterProcess

        process = process or ConverterProcess()
        try:
            yield from process.convert(voice, work)
        finally:
            if process.usable:
                self._keep(process)

    def _keep(self, process: ConverterProcess) -> None:
        with self._lock:
            self._waiting.append(process)
        timer = threading.Timer(self._idle_for, self._retire, [process])
        timer.daemon = True
        timer.start()

    def _retire(self, process: ConverterProcess) -> None:
        """Ends a process that has waited long enough; one that was used meanwhile has a timer of its own."""
        with self._lock:
            if process not in self._waiting:
                return
            self._waiting.remove(process)
        process.end()

    def _count(self, apart: bool, change: int) -> None:
        if apart:
            self._apart += change
        else:
            self._here += change

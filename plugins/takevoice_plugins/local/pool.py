"""Which process converts a take: this one, or one of a few worker processes when several takes come at once."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import closing

from takevoice_plugins.local.conversion import ConversionTask, convert_file
from takevoice_plugins.local.process import ConverterProcess, EndedEarly
from takevoice_plugins.local.voice_profile import VoiceProfile

MIN_SECONDS_TO_SPAWN = (
    60.0  # duration of a take above which a new process saves more time than its start costs
)
MIN_SECONDS_TO_REUSE = 3.0  # the same for a process that is already running
IDLE_SECONDS = 60.0  # how long an idle process is kept for the next take


class ProcessPool:
    """Converts a take in this process, and further long takes at the same time in others, up to one per core.

    A process that has converted a take is kept for `idle` seconds, in case another take follows.
    """

    def __init__(self, cores: int | None = None, idle: float = IDLE_SECONDS) -> None:
        self._cores, self._idle_seconds = cores or os.cpu_count() or 1, idle
        self._lock = threading.Lock()
        self._running_here = self._running_in_processes = 0
        self._idle: list[ConverterProcess] = []

    def convert(self, voice: VoiceProfile, task: ConversionTask) -> Iterator[bytes]:
        """Convert a file; yield encoded bytes, which do not depend on the process that made them.

        Raises:
            AudioError: the file cannot be read.
            EndedEarly: the process that converted it ended early, twice.
        """
        with self._lock:
            elsewhere = self._is_worth_a_process(task)
            process = self._take_idle() if elsewhere else None
            self._count(elsewhere, 1)
        try:
            yield from (
                self._convert_elsewhere(voice, task, process) if elsewhere else convert_file(voice, task)
            )
        finally:
            with self._lock:
                self._count(elsewhere, -1)

    def _is_worth_a_process(self, task: ConversionTask) -> bool:
        shortest = MIN_SECONDS_TO_REUSE if self._idle else MIN_SECONDS_TO_SPAWN
        core_is_free = self._running_in_processes < self._cores - 1
        return task.seconds >= shortest and self._running_here > 0 and core_is_free

    def _take_idle(self) -> ConverterProcess | None:
        while self._idle:
            process = self._idle.pop()
            if process.alive:
                return process
            process.end()
        return None

    def _convert_elsewhere(
        self, voice: VoiceProfile, task: ConversionTask, process: ConverterProcess | None
    ) -> Iterator[bytes]:
        passed_on = 0
        for is_last in (False, True):
            process = process or ConverterProcess()
            try:
                with closing(process.convert(voice, task)) as chunks:
                    for chunk in _without_first(chunks, passed_on):
                        passed_on += len(chunk)
                        yield chunk
                return
            except EndedEarly:
                if is_last:
                    raise
            finally:
                if process.usable:
                    self._keep(process)
            process = None

    def _keep(self, process: ConverterProcess) -> None:
        with self._lock:
            self._idle.append(process)
        timer = threading.Timer(self._idle_seconds, self._retire, [process])
        timer.daemon = True
        timer.start()

    def _retire(self, process: ConverterProcess) -> None:
        """End a process that is still idle; one that is in use again gets a timer of its own afterwards."""
        with self._lock:
            if process not in self._idle:
                return
            self._idle.remove(process)
        process.end()

    def _count(self, elsewhere: bool, change: int) -> None:
        if elsewhere:
            self._running_in_processes += change
        else:
            self._running_here += change


def _without_first(chunks: Iterator[bytes], size: int) -> Iterator[bytes]:
    """Yield the chunks without their first bytes, which are the same whichever process made them."""
    for chunk in chunks:
        rest, size = chunk[size:], max(0, size - len(chunk))
        if rest:
            yield rest

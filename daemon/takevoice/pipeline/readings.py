"""The takes that are being worked on, as they were read: kept from their conversion until they are restored."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from takevoice import audio
from takevoice.jobs import Job, Take
from takevoice.system.fileid import version_of

if TYPE_CHECKING:
    from takevoice.audio import TakeReading

MOST = 64
BUDGET = 64_000_000  # bytes of samples


class Readings:
    """Reads each take once; a reading that was dropped for want of room is made again."""

    def __init__(self, budget: int = BUDGET) -> None:
        self._budget = budget
        self._kept: OrderedDict[tuple[int, str], TakeReading] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, job: Job, take: Take) -> TakeReading:
        """Return the reading of a job's take; raises AudioError when the take cannot be read."""
        with self._lock:
            kept = self._kept.get(_key(job))
            if kept is not None and kept.take == take:
                self._kept.move_to_end(_key(job))
                return kept
        reading = audio.read_take(take)
        with self._lock:
            self._kept[_key(job)] = reading
            self._make_room()
        return reading

    def take(self, job: Job) -> Take | None:
        """Return the take of a job whose reading is kept, if its file is still the version that was planned."""
        with self._lock:
            kept = self._kept.get(_key(job))
        if kept is None or kept.take.path != job.path:
            return None  # its file may have another name now
        if job.version is None or version_of(job.path) != job.version:
            return None
        return kept.take

    def forget(self, job: Job) -> None:
        """Drop the reading of a job that is done with."""
        with self._lock:
            self._kept.pop(_key(job), None)

    def _make_room(self) -> None:
        while len(self._kept) > 1 and (
            len(self._kept) > MOST or sum(each.size for each in self._kept.values()) > self._budget
        ):
            self._kept.popitem(last=False)


def _key(job: Job) -> tuple[int, str]:
    return job.id, job.audio_hash

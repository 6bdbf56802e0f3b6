"""Held takes, reported together: one log line for each folder and reason, not one for each take."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from takevoice.holds import REPORTED_TOGETHER, Hold, HoldReason
from takevoice.jobs import Job, State
from takevoice.pipeline.planning import Planner
from takevoice.pipeline.prices import credits_in_words, sent_seconds
from takevoice.shell_words import shell_word

log = logging.getLogger("takevoice")

REPEAT = 60.0  # seconds between two lines for the same folder and reason


@dataclass(frozen=True)
class HeldTakes:
    """Takes of one folder that are held for the same reason; `cost` says in words how many, how long and how much."""

    root: Path
    hold: Hold
    jobs: tuple[int, ...]
    cost: str

    @property
    def line(self) -> str:
        """What is held, why, what it costs, and what to do, in one line."""
        place, several = shell_word(self.root), len(self.jobs) > 1
        them = "them" if several else "it"
        if self.hold.reason is HoldReason.NO_VOICE:
            go_on = "they continue by themselves" if several else "it continues by itself"
            return (
                f"{self.cost}, held: {self.hold.what}; {go_on} once the config names a voice that exists, "
                f'`takevoice drop {place}` leaves {them} unconverted'
            )
        return (
            f"{self.cost}, held: {self.hold.what}; "
            f'`takevoice release {place}` converts {them}, `takevoice drop {place}` leaves {them} unconverted'
        )


class HeldReport:
    """Collects newly held takes of watched folders until a quiet moment; used from several threads."""

    def __init__(
        self,
        planner: Planner,
        clock: Callable[[], float] = time.monotonic,
        still_held: Callable[[Sequence[Job]], Sequence[Job]] = lambda jobs: jobs,
    ) -> None:
        """`clock`: any steady clock, in seconds. `still_held` leaves out jobs that are not held any more."""
        self._planner, self._clock, self._still_held = planner, clock, still_held
        self._reported: dict[tuple[Path, Hold], float] = {}
        self._unreported: dict[tuple[Path, Hold], list[Job]] = {}
        self._lock = threading.Lock()
        self._on_held: list[Callable[[HeldTakes], None]] = []

    def subscribe(self, on_held: Callable[[HeldTakes], None]) -> None:
        """Call this with each group of takes that is reported."""
        self._on_held.append(on_held)

    def add(self, job: Job, hold: Hold) -> None:
        """Note a job that is held."""
        with self._lock:
            self._unreported.setdefault((job.root or job.path.parent, hold), []).append(job)

    def report(self, *, everything: bool = False) -> None:
        """Log one line for each folder and reason with newly held jobs; to be called in a quiet moment.

        Takes that arrive one by one, all night, get a line a minute; `everything`: those of the last minute too.
        """
        now = self._clock()
        with self._lock:
            due = [
                key
                for key in self._unreported
                if everything or now - self._reported.get(key, -math.inf) >= REPEAT
            ]
            groups = {key: self._unreported.pop(key) for key in due}
            self._reported.update(dict.fromkeys(due, now))
        for (root, hold), noted in groups.items():
            jobs = self._still_held(noted)  # they may have been released, or gone, since
            if not jobs:
                continue
            held = HeldTakes(root, hold, tuple(job.id for job in jobs), self._cost(jobs))
            log.warning("%s", held.line)
            for call in self._on_held:
                call(held)

    def _cost(self, jobs: Sequence[Job]) -> str:
        """Return how many takes these are, how long, and what they cost: a range where they were not read."""
        sent = (sent_seconds(job.settings, job.seconds, job.channels) for job in jobs)
        counted = amount(len(jobs), sum(job.seconds for job in jobs))
        backend = self._planner.backend_named(jobs[0].backend)
        cost = credits_in_words(backend and backend.for_voices(*(job.voice_id for job in jobs)), sent)
        return f"{counted}, {cost}" if cost else counted


def is_reported_together(job: Job) -> bool:
    """Return True for a held job that needs no line of its own in the log."""
    return (
        job.state is State.HELD and job.origin == "folder" and HoldReason.of(job.error_code) in REPORTED_TOGETHER
    )


def amount(files: int, seconds: float) -> str:
    """Return a count and a duration, such as "312 files, 41 minutes"."""
    count = "1 file" if files == 1 else f"{files} files"
    if seconds >= 120:
        return f"{count}, {seconds / 60:.0f} minutes"
    if 0 < seconds < 0.5:
        return f"{count}, less than a second"
    return f"{count}, {seconds:.0f} second{'' if round(seconds) == 1 else 's'}"

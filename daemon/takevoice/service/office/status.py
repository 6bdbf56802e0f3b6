"""What is going on: the daemon, the jobs by state, the time that is left, and today's credits."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from takevoice.errors import StorageError
from takevoice.jobs import ACTIVE, State
from takevoice.ledger.search import Search, Waiting, Worked
from takevoice.pipeline.room import full_disk

SAMPLE = 50  # newest conversions that the time left is estimated from
RECENT = 30 * 86400.0  # seconds: older ones say nothing about this machine and account


@dataclass(frozen=True)
class Money:
    """Credits, of this day since midnight. `cap` is None without a limit; what is to come is what it costs at most.

    `saved` were not paid: a house had the answers already.
    """

    spent: float
    cap: float | None
    to_come: float
    held: float
    saved: float = 0.0


@dataclass(frozen=True)
class Status:
    """What is going on now. `eta` are the seconds until the jobs under way are done, None where there are none or that is
    unknown; `seconds_left` is how much audio they have.
    """

    version: str
    running: bool  # a daemon works on the jobs
    paused: bool
    jobs: Mapping[State, int]
    takes: Mapping[State, int]  # the jobs without candidates and auditions
    seconds_left: float
    eta: float | None  # None where that is unknown, or where something keeps takes waiting
    backend: str  # its name; empty where the config cannot be used
    backend_detail: str
    paid: bool
    money: Money | None  # None where the config cannot be used
    problems: Sequence[str]  # what takes wait for, in words
    silent: Sequence[Path]  # watched folders that do not answer
    config_error: str = ""

    def of(self, *states: State) -> int:
        """Return how many jobs are in these states."""
        return sum(self.jobs.get(state, 0) for state in states)

    @property
    def takes_done(self) -> int:
        """How many takes are done."""
        return self.takes.get(State.DONE, 0)

    @property
    def waiting(self) -> int:
        """How many jobs have not begun."""
        return self.of(State.FOUND, State.SETTLING, State.QUEUED)

    @property
    def under_way(self) -> int:
        """How many jobs are being converted or restored."""
        return self.of(State.CONVERTING, State.RESTORING)

    @property
    def need_you(self) -> int:
        """How many jobs wait for a person, or have failed."""
        return self.of(State.HELD, State.FAILED)

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as JSON values."""
        return {
            **{name: getattr(self, name) for name in self.__dataclass_fields__},
            "jobs": {state.value: self.jobs.get(state, 0) for state in State},
            "takes": {state.value: self.takes.get(state, 0) for state in State},
            "takes_done": self.takes_done,
            "waiting": self.waiting,
            "under_way": self.under_way,
            "need_you": self.need_you,
            "money": self.money and asdict(self.money),
            "problems": list(self.problems),
            "silent": [str(folder) for folder in self.silent],
        }


def problems_of(path: Path) -> Sequence[str]:
    """Return what the daemon's takes wait for, as its file says; none without that file."""
    try:
        return [str(text) for text in json.loads(path.read_bytes()).values()]
    except (OSError, ValueError, AttributeError):
        return []


def room_problem(work: Path) -> Sequence[str]:
    """Return that nothing can be sent to a paid backend, as the disk of the state dir is full; nothing when it is not."""
    try:
        problem = full_disk(work)
    except StorageError as error:
        problem = str(error)
    return [f"{problem}. Nothing is sent to a paid backend until there is room"] if problem else []


def time_left(search: Search, waiting: Sequence[Waiting], now: float) -> tuple[float, float | None]:
    """Return how many seconds of audio are on their way, and in how many seconds they are done; None where that is unknown.

    Jobs whose length is not known yet count as long as the others are on average.
    """
    active = [each for each in waiting if each.state in ACTIVE]
    known = [each for each in active if each.seconds]
    seconds, count = sum(each.seconds * each.copies for each in known), sum(each.jobs for each in known)
    done = [each for each in search.worked(SAMPLE) if now - each.ended < RECENT] if active else []
    mean = seconds / count if count else sum(each.seconds for each in done) / max(1, len(done))
    seconds += mean * sum(each.jobs for each in active if not each.seconds)
    pace = _busy_per_second(done, {each.backend for each in active})
    return seconds, None if pace is None or not seconds else seconds * pace


def _busy_per_second(done: Sequence[Worked], backends: set[str]) -> float | None:
    """Return how long a second of audio took, by the time in which conversions were under way, however many at once."""
    alike = sorted((each.began, each.ended, each.seconds) for each in done if each.backend in backends or "" in backends)
    busy, until = 0.0, 0.0
    for began, ended, _ in alike:
        busy += max(0.0, ended - max(began, until))
        until = max(until, ended)
    audio = sum(seconds for _, _, seconds in alike)
    return busy / audio if audio and busy else None

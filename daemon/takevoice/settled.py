"""Is this file finished? Decided from what was seen of it and when; the clock is passed in. Pure.

No single test is reliable: a pause in the writing looks like the end, a header may be final from the first byte on, a
closed file may be opened again. So all three must agree: the header matches the size, no program has the file open for
writing, and it has been quiet for a while. A file whose own times show that it was quiet elsewhere, before it was moved
here, need not be quiet for that long once more.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from takevoice.system.fileid import FileVersion

UNSURE_QUIET = 5.0  # seconds, at least, where one of the tests cannot tell
MOVED = 0.3  # seconds for a file that was moved here, where nothing else is configured
REST = 3.0  # seconds without a write before a file was moved here, at least: FAT's times are rounded to 2 s
LIKELY = 0.5  # seconds of quiet after which a file that looks finished probably is


class Verdict(Enum):
    """What to do with a file now."""

    WAIT = "wait"
    LIKELY = "likely"  # wait; it is probably finished, and what can be thrown away may begin. Told once for each file
    SETTLED = "settled"
    TIMED_OUT = "timed out"  # quiet for long, and still incomplete


class Problem(Enum):
    """Why a file is not complete, for whoever reports it."""

    INCOMPLETE = "incomplete"  # its header promises more than it holds
    NO_LENGTH = "no length"  # its header does not state the length: it may be growing, or written by a pipe
    NO_AUDIO = "no audio"  # there is none in it yet
    EMPTY = "empty"  # a placeholder, or a place that was reserved: whatever writes it has not begun
    NOT_AUDIO = "not audio"


class Completeness(NamedTuple):
    """What a file's header says; `complete` None: its format cannot tell. `reason` says in words why it is not."""

    complete: bool | None
    reason: str = ""
    problem: Problem = Problem.INCOMPLETE


@dataclass(frozen=True)
class FileCheck:
    """What a look into a file shows; None where it cannot tell. `reason` says in words why it is not complete."""

    complete: bool | None  # the header matches the file's size
    being_written: bool | None  # some process has it open for writing
    reason: str = ""
    problem: Problem = Problem.INCOMPLETE


class Judgement(NamedTuple):
    """The verdict on a file, why in words, and what is wrong with one that timed out."""

    verdict: Verdict
    reason: str = ""
    problem: Problem = Problem.INCOMPLETE


@dataclass
class _Seen:
    version: FileVersion
    since: float
    rested: float = 0.0
    announced: bool = False
    likely: bool = False  # it was told that it is probably finished


class SettleTracker:
    """Follows unfinished files. Times are seconds of any steady clock.

    `quiet`: for how long a complete file must be unchanged. `moved`: the same for one that was moved here, if it had not
    been written for that long before. `give_up`: after how long an unchanged, incomplete file that no program is writing
    times out; one whose header just does not state the length counts as finished then.
    """

    def __init__(self, quiet: float, give_up: float, moved: float = MOVED) -> None:
        self.quiet, self.give_up, self.moved = quiet, give_up, moved
        self._files: dict[Path, _Seen] = {}

    def __len__(self) -> int:
        return len(self._files)

    def __contains__(self, path: Path) -> bool:
        return path in self._files

    def paths(self) -> list[Path]:
        """Return the files that are followed now."""
        return list(self._files)

    def version(self, path: Path) -> FileVersion:
        """Return what a followed file looked like last."""
        return self._files[path].version

    def follow(self, path: Path, version: FileVersion, now: float, rested: float = 0.0) -> bool:
        """Note what the file looks like now; returns True when it was likely to be finished, and has changed.

        `rested`: seconds from the last write to what came after it, such as its arrival by rename, by the file's own times.
        """
        seen = self._files.setdefault(path, _Seen(version, now))
        seen.rested = rested
        if seen.version == version:
            return False
        seen.version, seen.since = version, now
        return seen.likely

    def next_due(self, now: float) -> float:
        """Return the seconds until the next verdict on some file may be another one; infinite when none is due."""
        moments = (seen.since + each for seen in self._files.values() for each in self._waits(seen))
        return min((moment - now for moment in moments if moment > now), default=math.inf)

    def _waits(self, seen: _Seen) -> tuple[float, ...]:
        """Return after how many seconds of quiet a complete file is judged again."""
        waits: tuple[float, ...] = (self.quiet, max(self.quiet, UNSURE_QUIET))
        if self._has_rested(seen):
            waits = (self.moved, *waits)
        return waits if seen.likely else (LIKELY, *waits)

    def _has_rested(self, seen: _Seen) -> bool:
        return seen.rested >= max(self.quiet, REST)

    def announce(self, path: Path) -> None:
        """Note that the program that wrote the file says it is complete: the quiet period is skipped."""
        if path in self._files:
            self._files[path].announced = True

    def forget(self, path: Path) -> None:
        """Stop following the file."""
        self._files.pop(path, None)

    def judge(self, path: Path, now: float, check: Callable[[], FileCheck]) -> Judgement:
        """Judge a followed file. `check` is called only when it can matter."""
        seen = self._files[path]
        quiet_for = now - seen.since
        if quiet_for < self.quiet and not seen.announced:
            return self._judge_early(seen, quiet_for, check)
        seen_now = check()
        if seen_now.being_written:
            return Judgement(Verdict.WAIT, "a program is writing it")
        if seen_now.problem is Problem.NO_LENGTH and (seen.announced or quiet_for >= self.give_up):
            return Judgement(Verdict.SETTLED)  # nothing else will be written: its end is its length
        if seen_now.complete is False:
            verdict = Verdict.TIMED_OUT if quiet_for >= self.give_up else Verdict.WAIT
            return Judgement(verdict, seen_now.reason, seen_now.problem)
        sure = seen_now.complete and seen_now.being_written is False
        if sure or seen.announced or quiet_for >= max(self.quiet, UNSURE_QUIET):
            return Judgement(Verdict.SETTLED)
        return Judgement(
            Verdict.WAIT, "no program may still be writing it, which takes a while to be sure of"
        )

    def _judge_early(self, seen: _Seen, quiet_for: float, check: Callable[[], FileCheck]) -> Judgement:
        """Judge a file in its quiet time."""
        wait = Judgement(Verdict.WAIT, "it changed a moment ago")
        rested = self._has_rested(seen)
        settles = rested and quiet_for >= self.moved
        if not settles and (seen.likely or not (rested or quiet_for >= LIKELY)):
            return wait
        seen_now = check()
        if seen_now.being_written is not False or seen_now.complete is False:
            return wait
        if settles and (seen_now.complete or seen.rested >= UNSURE_QUIET):
            return Judgement(Verdict.SETTLED)
        if seen.likely:
            return wait
        seen.likely = True
        return Judgement(Verdict.LIKELY)

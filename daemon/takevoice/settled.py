"""Is this file finished? A decision from what was seen of it and when; the clock is passed in. Pure.

No single test is right: a pause in the writing looks like the end, a header may be final from the
first byte on, a closed file may be opened again. So all of three: the header agrees with the size,
nobody has it open for writing, and it has been quiet for a while.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from takevoice.jobs import FileVersion

UNSURE_QUIET = 5.0  # seconds, at least, where one of the tests cannot tell


class Verdict(Enum):
    """What to do with a file now."""

    WAIT = "wait"
    SETTLED = "settled"
    TIMED_OUT = "gave up"  # quiet for long, and still not complete


@dataclass(frozen=True)
class FileCheck:
    """What a look into the file told; None where it cannot tell."""

    complete: bool | None  # the header agrees with the file's size
    being_written: bool | None  # some process has it open for writing
    reason: str = ""  # why it is not complete


@dataclass
class _Seen:
    version: FileVersion
    since: float
    announced: bool = False


class SettleTracker:
    """Follows unfinished files. Times are seconds of any steady clock.

    `quiet`: for how long a complete file must be unchanged. `give_up`: after how long an unchanged,
    incomplete file that nobody writes is given up.
    """

    def __init__(self, quiet: float, give_up: float) -> None:
        self.quiet, self.give_up = quiet, give_up
        self._files: dict[Path, _Seen] = {}

    def __len__(self) -> int:
        return len(self._files)

    def paths(self) -> list[Path]:
        """The files that are followed now."""
        return list(self._files)

    def follow(self, path: Path, version: FileVersion, now: float) -> bool:
        """Notes what the file looks like now; True when it was not followed before."""
        seen = self._files.get(path)
        if seen is None:
            self._files[path] = _Seen(version, now)
        elif seen.version != version:
            seen.version, seen.since = version, now
        return seen is None

    def announce(self, path: Path) -> None:
        """Somebody who knows says that the file is complete: the quiet wait is skipped."""
        if path in self._files:
            self._files[path].announced = True

    def forget(self, path: Path) -> None:
        """Stops following the file."""
        self._files.pop(path, None)

    def judge(self, path: Path, now: float, examine: Callable[[], FileCheck]) -> tuple[Verdict, str]:
        """The verdict on a followed file, and why. `examine` is called only when it can matter."""
        seen = self._files[path]
        quiet_for = now - seen.since
        if quiet_for < self.quiet and not seen.announced:
            return Verdict.WAIT, "it changed a moment ago"
        look = examine()
        if look.being_written:
            return Verdict.WAIT, "a program is writing it"
        if look.complete is False:
            verdict = Verdict.TIMED_OUT if quiet_for >= self.give_up else Verdict.WAIT
            return verdict, look.reason
        sure = look.complete and look.being_written is False
        if sure or seen.announced or quiet_for >= max(self.quiet, UNSURE_QUIET):
            return Verdict.SETTLED, ""
        return Verdict.WAIT, "waiting to be sure that nobody writes it"

"""The files of one watched folder that are new, from the moment they are found until they have settled."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Container, Iterable
from pathlib import Path

from takevoice.errors import printable
from takevoice.settled import Completeness, FileCheck, SettleTracker, Verdict
from takevoice.system.fileid import FileVersion, Stored, device, rested, status_of, version_from, version_of
from takevoice.system.writers import Writers
from takevoice.watch.awake import AwakeClock
from takevoice.watch.listener import FoundFile, Listener
from takevoice.watch.pulse import Pulse

log = logging.getLogger(__name__)

LOOK = 0.001  # seconds to the next look, at least, for each file that is followed
GONE = 100  # files that were removed or renamed before they had settled
LONG = 10.0  # seconds of waiting for one file, after which it is logged


class Following:
    """Knows which versions were dealt with, and follows the others. Used by the folder's thread alone."""

    def __init__(
        self,
        listener: Listener,
        root: Path,
        completeness: Callable[[Path], Completeness],
        tracker: SettleTracker,
        pulse: Pulse,
    ) -> None:
        self._listener, self._root, self._completeness = listener, root, completeness
        self.tracker, self._pulse = tracker, pulse
        self._awake = AwakeClock()
        self._known: dict[str, Stored] = {}
        self._loaded = False
        self._writers = Writers()
        self._waiting: dict[Path, float] = {}
        self._next = 0  # the file that is looked at first
        self._gone: deque[FileVersion] = deque(maxlen=GONE)  # they may be back under another name, and then under another
        self.local_device: int | None = None
        """The device whose files only this machine writes; None: there is none, or that is unknown."""

    def __len__(self) -> int:
        return len(self.tracker)

    def next_due(self) -> float:
        """Return the seconds until some file has to be judged again."""
        # With many files, a few are never worth a look at all of them.
        return max(LOOK * len(self.tracker), self.tracker.next_due(self._awake()))

    def load_known(self) -> None:
        """Fetch what was dealt with before, all at once; once is enough."""
        if not self._loaded:
            with self._pulse.resting():
                self._known = dict(self._listener.known_below(self._root))
            self._loaded = True

    def forget_known(self) -> None:
        """Fetch what was dealt with before again when it is next needed."""
        self._known, self._loaded = {}, False

    def forget_version(self, path: Path) -> None:
        """Forget that the file was dealt with."""
        self._known.pop(str(path), None)

    def meet(
        self, seen: Iterable[tuple[str, FileVersion]], *, first_look: bool, after_mount: bool
    ) -> bool:
        """Follow the files that are not known in this version; returns True when there are some.

        `after_mount`: the folder was mounted since, or may have been.
        """
        new = []
        for name, version in seen:
            known = self._known.get(name)
            if known == version:  # nearly all, at the first look
                continue
            if known is not None and version.is_same(known, after_mount=after_mount):
                self._known[name] = version
                continue
            path = Path(name)
            if path in self.tracker or self._is_known(path, version, after_mount):
                continue
            new.append(FoundFile(path, version, self._root))
        if new:
            with self._pulse.resting():
                self._listener.on_found(new, first_look=first_look)
        for file in new:
            self.tracker.follow(file.path, file.version, self._awake())
        return bool(new)

    def _is_known(self, path: Path, version: FileVersion, after_mount: bool) -> bool:
        """Return True for a file that something else than this watcher has dealt with."""
        if str(path) in self._known:
            return False
        known = self._listener.known_version(path)
        if known is None:
            return False
        self._known[str(path)] = known
        return version.is_same(known, after_mount=after_mount)

    def judge_all(self, until: float, is_lost: Callable[[], bool]) -> None:
        """Look at the files that are followed, until that time of the steady clock; the others are first next time.

        An error with one file comes after the others.
        """
        failure: Exception | None = None
        paths = self.tracker.paths()
        self._next %= max(1, len(paths))
        for path in [*paths[self._next :], *paths[: self._next]]:
            self._pulse.beat()
            try:
                self._judge(path, self._awake(), is_lost)
            except Exception as error:
                failure = error
            self._next += path in self.tracker
            if time.monotonic() > until:
                break
        if failure is not None:
            raise failure

    def _judge(self, path: Path, now: float, is_lost: Callable[[], bool]) -> None:
        status = status_of(path)
        if status is None:
            if not is_lost():
                self._gone.append(self.tracker.version(path))
                self._forget(path)
                self._listener.on_removed(path)
            return
        version = version_from(status)
        rest = rested(path, status) if device(status) == self.local_device and version not in self._gone else 0.0
        if self.tracker.follow(path, version, now, rest):
            self._listener.on_changed(path)
        verdict, reason, problem = self.tracker.judge(path, now, lambda: self._check(path))
        if verdict is Verdict.WAIT:
            self._log_waiting(path, reason, now)
            return
        found = FoundFile(path, version, self._root)
        if verdict is Verdict.LIKELY:
            self._listener.on_likely(found)
            return
        with self._pulse.resting():
            if verdict is Verdict.SETTLED:
                self._listener.on_settled(found)
            else:
                self._listener.on_timeout(found, problem, reason)
        self._forget(path)
        self._known[str(path)] = version

    def _check(self, path: Path) -> FileCheck:
        try:
            writing = self._writers.being_written(path)
            if writing:
                return FileCheck(None, True)
            complete, reason, problem = self._completeness(path)
            return FileCheck(complete, writing, reason, problem)
        except OSError as error:
            # Without the right to read it, the quiet period decides, and the reading then reports the error.
            return FileCheck(None, None, error.strerror or str(error))

    def _log_waiting(self, path: Path, reason: str, now: float) -> None:
        """Log once that a file takes long."""
        began = self._waiting.setdefault(path, now)
        if began > 0 and now - began > max(LONG, self.tracker.give_up):
            log.info("waiting for %s: %s", printable(path), reason)
            self._waiting[path] = -1.0

    def drop_all(self) -> None:
        """Forget the files that were settling, in a folder that is lost; they are found again when it is back."""
        for path in self.tracker.paths():
            self._forget(path)
            self._listener.on_removed(path)

    def forget_missing(self, seen: Container[str]) -> None:
        """Forget the versions of files that are not among those of a walk, and are really gone."""
        for name in [name for name in self._known if name not in seen]:
            self._pulse.beat()
            if version_of(Path(name)) is None:
                del self._known[name]

    def _forget(self, path: Path) -> None:
        self.tracker.forget(path)
        self._waiting.pop(path, None)

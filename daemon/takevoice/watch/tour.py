"""The walks through one watched folder: which one is due, how far it is, and what it has seen."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from takevoice.system.fileid import FileVersion, folder_identity
from takevoice.watch.pace import pause_after_walk
from takevoice.watch.pulse import Pulse
from takevoice.watch.scan import changed_since, scan

HOT = 20  # folders that had new files last; a walk begins with them
Found = Iterator[tuple[str, FileVersion | None]]


@dataclass(frozen=True)
class Rules:
    """What a walk looks at; see `scan.scan`."""

    recursive: bool
    wanted: Callable[[str], bool]
    counted: Callable[[str], bool]  # names of files that are only counted
    enters: Callable[[str], bool]
    follows: Callable[[str], bool]
    is_mine: Callable[[str], bool] | None  # False: the file is another watched folder's; None: all files are its own


class Tour:
    """Walks through a folder again and again: whole, and through the folders that have changed.

    A whole walk sees every file. At least every `interval`, also in the middle of it, the folders alone are examined, which
    is far quicker on a share: one that has got a file is listed. Used by the folder's thread alone.
    """

    def __init__(self, root: Path, pulse: Pulse) -> None:
        self._root, self._pulse = root, pulse
        self._identity: tuple[int, int] | None = None
        self._whole: Found | None = None
        self._changes: Found | None = None
        self._folders: dict[str, int] = {}  # as the last whole walk saw them
        self._folders_now: dict[str, int] = {}  # as the one under way sees them
        self._hot: list[str] = []
        self._interval = self._due_whole = self._due_changes = 0.0
        self._took = self._cpu = self._took_changes = 0.0
        self.is_first = False
        self.seen: dict[str, FileVersion] = {}
        self.others: list[str] = []
        self.cloud_only = 0

    @property
    def is_under_way(self) -> bool:
        """True while a walk has not come to its end."""
        return self._whole is not None or self._changes is not None

    def next_due(self) -> float:
        """Return when the next walk is due, in seconds of the steady clock."""
        return min(self._due_whole, self._due_changes)

    def hurry(self, *, changes: bool = False) -> None:
        """Make a whole walk due now, or one through the folders that have changed."""
        if changes:
            self._due_changes = 0.0
        else:
            self._due_whole = 0.0

    def is_still_there(self) -> bool:
        """Return True when the folder is the one that was walked through last; raises OSError when it cannot be examined."""
        return folder_identity(self._root.stat()) == self._identity

    def restart(self) -> None:
        """Give up the walks under way, and take the folder for another one at the next."""
        self._whole = self._changes = self._identity = None
        self._due_whole = 0.0
        self._folders = {}

    def note_hot(self, folders: Iterable[Path]) -> None:
        """Note folders that have new files."""
        hot = list(dict.fromkeys(str(folder) for folder in folders))
        self._hot = [*hot, *(folder for folder in self._hot if folder not in hot)][:HOT]

    def begin(self, now: float, rules: Rules, interval: float) -> bool:
        """Begin the walks that are due; returns False when none is due or under way. `interval`: between looks at changes.

        Raises:
            OSError: the folder cannot be read.
        """
        self._interval = interval
        if not self.is_under_way and now >= self.next_due():
            self._pulse.beat()
            identity = folder_identity(self._root.stat())
            self.is_first = identity != self._identity
            self._identity = identity
        if self._whole is None and (self.is_first or (now >= self._due_whole and self._changes is None)):
            self._begin_whole(rules)
        if self._changes is None and not self.is_first and now >= self._due_changes:
            self._took_changes = 0.0
            self._changes = changed_since(self._folders, lambda each: self._one(each, rules), self._pulse.beat)
        return self.is_under_way

    def _begin_whole(self, rules: Rules) -> None:
        self._took = self._cpu = 0.0
        self.seen, self.others, self.cloud_only, self._folders_now = {}, [], 0, {}
        self._whole = self._through_all(rules)

    def walk(self, until: float | None, is_over: Callable[[], bool]) -> tuple[list[tuple[str, FileVersion]], bool]:
        """Walk on, until that time of the steady clock, or to the end of a walk, or until `is_over`.

        Returns the files on the way that are on this machine, and True when a whole walk has come to its end.

        Raises:
            OSError: the folder cannot be read.
        """
        began, cpu = time.monotonic(), time.thread_time()
        if self._changes is not None:
            found, ended = self._advance(self._changes, until, is_over)
            self._took_changes += time.monotonic() - began
            if ended:
                self._changes = None
                self._due_changes = time.monotonic() + max(self._interval, self._took_changes)
            return found, False
        assert self._whole is not None
        found, ended = self._advance(self._whole, until, is_over, self._note)
        self._took += time.monotonic() - began
        self._cpu += time.thread_time() - cpu
        if ended:
            self._whole, self._folders = None, self._folders_now
        return found, ended

    def _advance(
        self,
        walk: Found,
        until: float | None,
        is_over: Callable[[], bool],
        note: Callable[[str, FileVersion | None], None] = lambda _path, _version: None,
    ) -> tuple[list[tuple[str, FileVersion]], bool]:
        found = []
        for path, version in walk:
            note(path, version)
            if version is not None:
                found.append((path, version))
            if is_over() or (until is not None and time.monotonic() > until):
                return found, False
        return found, True

    def _note(self, path: str, version: FileVersion | None) -> None:
        if version is not None:
            self.seen[path] = version
        else:
            self.cloud_only += 1

    def rest(self, *, has_events: bool) -> None:
        """Set when the next whole walk is due, after one has ended."""
        pause = pause_after_walk(self._took, self._cpu, self._interval, has_events=has_events)
        self._due_whole = time.monotonic() + pause
        if self.is_first:
            self._due_changes = time.monotonic() + self._interval
        self.is_first = False

    def lose(self, interval: float) -> None:
        """Give up the walk under way: the folder cannot be read. It is tried again after `interval`."""
        self.restart()
        self._due_whole = self._due_changes = time.monotonic() + interval

    def _through_all(self, rules: Rules) -> Found:
        def wanted(name: str) -> bool:
            if rules.wanted(name):
                return True
            if rules.counted(name):
                self.others.append(name)
            return False

        inside = [folder for folder in self._hot if folder != str(self._root)] if rules.recursive else []
        return self._scan(self._root, replace(rules, wanted=wanted), self._folders_now, first=inside)

    def _one(self, folder: str, rules: Rules) -> Found:
        """Return the files of one folder, and of its subfolders that are new."""
        known = self._folders
        fresh = replace(rules, enters=lambda path: path not in known and rules.enters(path))
        try:
            yield from self._scan(Path(folder), fresh, known)
        except OSError:
            known.pop(folder, None)

    def _scan(
        self, folder: Path, rules: Rules, folders: dict[str, int], first: Iterable[str] = ()
    ) -> Found:
        found = scan(
            folder,
            recursive=rules.recursive,
            wanted=rules.wanted,
            enters=rules.enters,
            follows=rules.follows,
            first=first,
            folders=folders,
            beat=self._pulse.beat,
        )
        is_mine = rules.is_mine
        return found if is_mine is None else ((path, version) for path, version in found if is_mine(path))

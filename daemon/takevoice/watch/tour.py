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
    is_mine: Callable[[str], bool]  # False: the file is another watched folder's


class Tour:
    """Walks through a folder again and again: whole, or only where folders have changed.

    A whole walk sees every file. In between, at least every `interval`, only the folders are examined, which is far
    quicker on a share: one that has got a file is listed. Used by the folder's thread alone.
    """

    def __init__(self, root: Path, pulse: Pulse) -> None:
        self._root, self._pulse = root, pulse
        self._identity: tuple[int, int] | None = None
        self._walk: Found | None = None
        self._folders: dict[str, int] = {}
        self._hot: list[str] = []
        self._due_whole = self._due_changes = 0.0
        self._began = self._cpu = self._took = 0.0
        self.is_first = self.is_whole = False
        self.seen: dict[str, FileVersion] = {}
        self.others: list[str] = []
        self.cloud_only = 0

    @property
    def is_under_way(self) -> bool:
        """True while a walk has not come to its end."""
        return self._walk is not None

    def next_due(self) -> float:
        """Return when the next walk is due, in seconds of the steady clock."""
        return min(self._due_whole, self._due_changes)

    def hurry(self, *, changes: bool = False) -> None:
        """Make a whole walk due now, or one through the folders that have changed."""
        if changes:
            self._due_changes = 0.0
        else:
            self._due_whole = 0.0

    def restart(self) -> None:
        """Give up the walk under way, and take the folder for another one at the next."""
        self._walk, self._identity, self._due_whole = None, None, 0.0
        self._folders.clear()

    def note_hot(self, folders: Iterable[Path]) -> None:
        """Note folders that have new files."""
        hot = list(dict.fromkeys(str(folder) for folder in folders))
        self._hot = [*hot, *(folder for folder in self._hot if folder not in hot)][:HOT]

    def begin(self, now: float, rules: Rules) -> bool:
        """Begin the walk that is due, if none is under way; returns False when none is due.

        Raises:
            OSError: the folder cannot be read.
        """
        if self._walk is not None:
            return True
        if now < self.next_due():
            return False
        self._pulse.beat()
        identity = folder_identity(self._root.stat())
        self.is_first = identity != self._identity
        self.is_whole = self.is_first or now >= self._due_whole
        self._began, self._took, self._cpu = time.monotonic(), 0.0, 0.0
        if self.is_whole:
            self.seen, self.others, self.cloud_only = {}, [], 0
            self._folders = {}
            self._walk = self._whole(rules)
            self._identity = identity
        else:
            self._walk = changed_since(self._folders, lambda folder: self._one(folder, rules), self._pulse.beat)
        return True

    def walk(self, until: float | None, is_over: Callable[[], bool]) -> list[tuple[str, FileVersion]]:
        """Walk on, until that time of the steady clock, or to the end, or until `is_over`.

        Returns the files on the way that are on this machine.

        Raises:
            OSError: the folder cannot be read.
        """
        assert self._walk is not None
        began, cpu = time.monotonic(), time.thread_time()
        found = []
        for path, version in self._walk:
            if version is not None:
                found.append((path, version))
            if self.is_whole and version is not None:
                self.seen[path] = version
            elif self.is_whole:
                self.cloud_only += 1
            if is_over() or (until is not None and time.monotonic() > until):
                break
        else:
            self._walk = None
        self._took += time.monotonic() - began
        self._cpu += time.thread_time() - cpu
        return found

    def rest(self, interval: float, *, has_events: bool) -> None:
        """Set when the next walks are due, after one has ended."""
        now = time.monotonic()
        if self.is_whole:
            self._due_whole = now + pause_after_walk(self._took, self._cpu, interval, has_events=has_events)
        self._due_changes = now + max(interval, self._took if not self.is_whole else 0.0)

    def lose(self, interval: float) -> None:
        """Give up the walk under way: the folder cannot be read. It is tried again after `interval`."""
        self.restart()
        self._due_whole = self._due_changes = time.monotonic() + interval

    def _whole(self, rules: Rules) -> Found:
        def wanted(name: str) -> bool:
            if rules.wanted(name):
                return True
            if rules.counted(name):
                self.others.append(name)
            return False

        inside = [folder for folder in self._hot if folder != str(self._root)] if rules.recursive else []
        return self._scan(self._root, replace(rules, wanted=wanted), first=inside)

    def _one(self, folder: str, rules: Rules) -> Found:
        """Return the files of one folder, and of its subfolders that are new."""
        known = self._folders
        fresh = replace(rules, enters=lambda path: path not in known and rules.enters(path))
        try:
            yield from self._scan(Path(folder), fresh)
        except OSError:
            known.pop(folder, None)

    def _scan(self, folder: Path, rules: Rules, first: Iterable[str] = ()) -> Found:
        found = scan(
            folder,
            recursive=rules.recursive,
            wanted=rules.wanted,
            enters=rules.enters,
            follows=rules.follows,
            first=first,
            folders=self._folders,
            beat=self._pulse.beat,
        )
        return ((path, version) for path, version in found if rules.is_mine(path))

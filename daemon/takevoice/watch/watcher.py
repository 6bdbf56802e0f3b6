"""Finds finished files in folders: hints wake it, scans tell the truth, the settled-file rule decides."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Protocol

from takevoice.errors import printable
from takevoice.jobs import FileVersion
from takevoice.settled import FileCheck, SettleTracker, Verdict
from takevoice.watch.hints import Hints
from takevoice.watch.mounts import polled
from takevoice.watch.names import is_candidate
from takevoice.watch.probe import being_written
from takevoice.watch.scan import is_hidden, look, scan, signed

log = logging.getLogger(__name__)

LONG = 10.0  # seconds of waiting for one file, after which it is said
PAUSE = 2.0  # seconds before the next try, when something went wrong
TICK = 0.25  # seconds between looks at files that are settling
REST = 200  # a scan may take one part in this many of the time


@dataclass(frozen=True)
class Root:
    """A watched folder."""

    path: Path
    recursive: bool = True
    ignore: tuple[str, ...] = ()
    poll: bool | None = None  # only look through it now and then; None: where its file system tells no events


@dataclass(frozen=True)
class FoundFile:
    """A file in a watched folder, in one version."""

    path: Path
    version: FileVersion
    root: Path


class Listener(Protocol):
    """Who is told; called from the watcher's thread."""

    def known(self, path: Path) -> FileVersion | None:
        """The version of the file that was dealt with before."""

    def found(self, sightings: Sequence[FoundFile], *, first_look: bool) -> None:
        """New files; `first_look`: they were there before the start."""

    def settled(self, sighting: FoundFile) -> None:
        """A finished file."""

    def gave_up(self, sighting: FoundFile, reason: str) -> None:
        """A file that nobody finishes."""

    def gone(self, path: Path) -> None:
        """A file that went away before it was finished."""

    def root_seen(self, root: Path, device: int, seen: Mapping[Path, FileVersion]) -> None:
        """A watched folder is looked into for the first time, or is another one than before; with all files in it."""

    def root_lost(self, root: Path, reason: str) -> None:
        """A watched folder cannot be read any more."""

    def root_back(self, root: Path) -> None:
        """It can be read again."""


class Watcher:
    """Watches folders in a thread of its own. Times are in seconds."""

    def __init__(
        self,
        listener: Listener,
        roots: Sequence[Root],
        *,
        suffixes: Collection[str],
        completeness: Callable[[Path], tuple[bool | None, str]],
        quiet: float,
        give_up: float,
        interval: float,
        without: Collection[Path] = (),
    ) -> None:
        """`without`: folders that are never looked into."""
        self._listener, self._suffixes, self._completeness = listener, suffixes, completeness
        self._without = frozenset(without)
        self._interval = interval
        self._roots = {root.path: root for root in roots}
        self._identity: dict[Path, tuple[int, int]] = {}
        self._lost: set[Path] = set()
        self._looked: set[Path] = set()
        self._known: dict[Path, FileVersion] = {}
        self._owner: dict[Path, Path] = {}
        self._waiting: dict[Path, float] = {}
        self._tracker = SettleTracker(quiet, give_up)
        self._hints = Hints()
        self._requests: SimpleQueue[Callable[[float], None]] = SimpleQueue()
        self._idle = False
        self._stop = threading.Event()
        self._next_scan = 0.0
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)

    def start(self) -> None:
        """Starts watching."""
        self._thread.start()

    def stop(self) -> None:
        """Stops watching."""
        self._stop.set()
        self._hints.ring()
        if self._thread.is_alive():
            self._thread.join(2)
        self._hints.disarm()

    def idle(self) -> bool:
        """True when every folder was looked through and no file is waited for."""
        return self._idle and self._requests.empty()

    def reconfigure(self, roots: Sequence[Root], *, quiet: float, give_up: float, interval: float) -> None:
        """Takes over new folders and times; what is known of files stays."""

        def apply(now: float) -> None:
            self._roots = {root.path: root for root in roots}
            self._identity.clear()
            self._known.clear()
            self._looked &= set(self._roots)
            self._lost &= set(self._roots)
            self._tracker.quiet, self._tracker.give_up, self._interval = quiet, give_up, interval
            self._next_scan = now

        self._ask(apply)

    def announce(self, path: Path) -> None:
        """Somebody who knows says that the file is complete: it need not be quiet first."""

        def apply(now: float) -> None:
            self._visit([path], now)
            self._tracker.announce(path)

        self._ask(apply)

    def revisit(self, path: Path) -> None:
        """Forgets that the file was dealt with: its version has changed meanwhile."""

        def apply(now: float) -> None:
            self._known.pop(path, None)
            self._visit([path], now)

        self._ask(apply)

    def _ask(self, request: Callable[[float], None]) -> None:
        """All state belongs to the watcher's thread; others send it what to do."""
        self._idle = False
        self._requests.put(request)
        self._hints.ring()

    def _run(self) -> None:
        troubled = False
        while not self._stop.is_set():
            try:
                self._tick(time.monotonic())
                troubled = False
            except Exception as error:
                if not troubled:
                    log.exception("watching went wrong (%s); trying again every %.0f s", error, PAUSE)
                troubled = True
                self._stop.wait(PAUSE)
            self._idle = self._looked | self._lost == set(self._roots) and not len(self._tracker)
            until_scan = self._next_scan - time.monotonic()
            self._hints.wait(TICK if len(self._tracker) else max(0.0, min(until_scan, self._interval)))

    def _tick(self, now: float) -> None:
        while not self._requests.empty():
            self._requests.get()(now)
        paths, everything = self._hints.take()
        if everything or now >= self._next_scan:
            self._scan_all(now)
        elif paths:
            self._visit(paths, now)
        failure: Exception | None = None
        for path in self._tracker.paths():
            try:
                self._judge(path, now)
            except Exception as error:
                failure = error  # the files behind it have their turn first
        if failure is not None:
            raise failure

    def _scan_all(self, now: float) -> None:
        began = time.monotonic()
        changed = False
        for root in self._roots.values():
            changed |= self._scan_root(root, now)
        if changed or not self._hints.alive():
            self._arm()
        if changed:
            # What came while nobody watched is found by one more scan.
            self._next_scan = now
            return
        took = time.monotonic() - began
        self._next_scan = time.monotonic() + max(self._interval, REST * took)

    def _arm(self) -> None:
        there = [root for root in self._roots.values() if root.path not in self._lost]
        self._hints.arm([(r.path, r.recursive) for r in there if not polled(r.path, r.poll)])

    def _scan_root(self, root: Root, now: float) -> bool:
        """Looks through one folder; True when it is another one than before (new, back, replaced)."""
        try:
            status = root.path.stat()
            seen = dict(
                scan(
                    root.path,
                    recursive=root.recursive,
                    wanted=lambda name: is_candidate(name, self._suffixes, root.ignore),
                    without=self._without,
                )
            )
        except OSError as error:
            if root.path not in self._lost:
                self._lost.add(root.path)
                self._identity.pop(root.path, None)
                self._drop_followed(root.path)
                self._listener.root_lost(root.path, error.strerror or str(error))
                return True
            return False
        if root.path in self._lost:
            self._lost.discard(root.path)
            self._listener.root_back(root.path)
        if any(other != root.path and other.is_relative_to(root.path) for other in self._roots):
            seen = {path: version for path, version in seen.items() if self._root_of(path) is root}
        identity = (status.st_dev, status.st_ino)
        was = self._identity.get(root.path)
        if was != identity:
            self._listener.root_seen(root.path, signed(status.st_dev), seen)
        self._meet(
            ((path, version, root.path) for path, version in seen.items()),
            now,
            first_look=root.path not in self._looked,
        )
        self._looked.add(root.path)
        for path in self._known.keys() - seen.keys():
            if path.is_relative_to(root.path) and look(path) is None:
                del self._known[path]
        self._identity[root.path] = identity
        return was != identity

    def _drop_followed(self, root: Path) -> None:
        """Files that were settling in a folder that is lost; they are met again when it is back."""
        for path in [path for path, owner in self._owner.items() if owner == root]:
            self._forget(path)
            self._listener.gone(path)

    def _visit(self, paths: Iterable[Path], now: float) -> None:
        """Looks at single files that somebody named."""
        sightings = []
        for path in paths:
            root = self._root_of(path)
            if root is None or not is_candidate(path.name, self._suffixes, root.ignore):
                continue
            if is_hidden(path, root.path) or not self._without.isdisjoint(path.parents):
                continue
            version = look(path)
            if version is not None:
                sightings.append((path, version, root.path))
        self._meet(sightings, now, first_look=False)

    def _root_of(self, path: Path) -> Root | None:
        """The innermost folder that the file belongs to."""
        fitting = [
            r
            for r in self._roots.values()
            if path.parent == r.path or (r.recursive and r.path in path.parents)
        ]
        return max(fitting, key=lambda r: len(r.path.parts), default=None)

    def _meet(self, seen: Iterable[tuple[Path, FileVersion, Path]], now: float, *, first_look: bool) -> None:
        new = []
        for path, version, root in seen:
            if path in self._owner:
                continue  # being followed already
            if path not in self._known:
                known = self._listener.known(path)
                if known is not None:
                    self._known[path] = known
            if self._known.get(path) == version:
                continue
            new.append(FoundFile(path, version, root))
        if new:
            self._listener.found(new, first_look=first_look)
        for sighting in new:
            self._tracker.follow(sighting.path, sighting.version, now)
            self._owner[sighting.path] = sighting.root

    def _judge(self, path: Path, now: float) -> None:
        version = look(path)
        root = self._owner[path]
        if version is None:
            if root not in self._lost and root.exists():
                self._forget(path)
                self._listener.gone(path)
            return
        self._tracker.follow(path, version, now)
        verdict, reason = self._tracker.judge(path, now, lambda: self._examine(path))
        if verdict is Verdict.WAIT:
            self._say_waiting(path, reason, now)
            return
        sighting = FoundFile(path, version, root)
        if verdict is Verdict.SETTLED:
            self._listener.settled(sighting)
        else:
            self._listener.gave_up(sighting, reason)
        self._forget(path)
        self._known[path] = version

    def _say_waiting(self, path: Path, reason: str, now: float) -> None:
        """Once, when a file keeps us waiting for long."""
        began = self._waiting.setdefault(path, now)
        if began > 0 and now - began > max(LONG, self._tracker.give_up):
            log.info("waiting for %s: %s", printable(path), reason)
            self._waiting[path] = -1.0

    def _forget(self, path: Path) -> None:
        self._tracker.forget(path)
        self._waiting.pop(path, None)
        del self._owner[path]

    def _examine(self, path: Path) -> FileCheck:
        try:
            writing = being_written(path)
            complete, reason = (None, "") if writing else self._completeness(path)
        except OSError as error:
            # Without the right to read it, the quiet time decides, and the reading then says what is wrong.
            return FileCheck(None, None, error.strerror or str(error))
        return FileCheck(complete, writing, reason)

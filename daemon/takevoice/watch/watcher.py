"""Finds finished files in folders: hints wake it, scans show what is there, the settled-file rule decides."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from queue import SimpleQueue

from takevoice.errors import printable
from takevoice.settled import Completeness, FileCheck, SettleTracker, Verdict
from takevoice.system.fileid import (
    FileVersion,
    folder_identity,
    is_placeholder,
    status_of,
    version_from,
    version_of,
)
from takevoice.system.volumes import volume_of
from takevoice.system.writers import Writers
from takevoice.watch.awake import AwakeClock
from takevoice.watch.hints import Hints
from takevoice.watch.listener import FoundFile, Listener, Root
from takevoice.watch.names import is_candidate
from takevoice.watch.scan import is_hidden, scan

log = logging.getLogger(__name__)

LONG = 10.0  # seconds of waiting for one file, after which it is logged
PAUSE = 2.0  # seconds before the next try, when something went wrong
TICK = 0.25  # seconds between looks at files that are settling
REST = 200  # scans may take one part in this many of the time


class Watcher:
    """Watches folders in a thread of its own. Times are in seconds."""

    def __init__(
        self,
        listener: Listener,
        roots: Sequence[Root],
        *,
        suffixes: Collection[str],
        completeness: Callable[[Path], Completeness],
        quiet: float,
        give_up: float,
        interval: float,
        without: Collection[Path] = (),
        other_suffixes: Collection[str] = (),
    ) -> None:
        """`without`: folders that are never scanned. `other_suffixes`: of files that are only counted."""
        self._listener, self._suffixes, self._completeness = listener, frozenset(suffixes), completeness
        self._without = frozenset(without)
        self._other_suffixes = other_suffixes
        self._others: dict[Path, Sequence[str]] = {}
        self._interval = interval
        self._roots = {root.path: root for root in roots}
        self._identity: dict[Path, tuple[int, int]] = {}
        self._lost: set[Path] = set()
        self._looked: set[Path] = set()
        self._known: dict[Path, FileVersion] = {}
        self._owner: dict[Path, Path] = {}
        self._writers = Writers()
        self._cloud_only: dict[Path, int] = {}
        self._waiting: dict[Path, float] = {}
        self._tracker = SettleTracker(quiet, give_up)
        self._hints = Hints()
        self._requests: SimpleQueue[Callable[[float], None]] = SimpleQueue()
        self._idle = False
        self._stop = threading.Event()
        self._next_scan = 0.0
        self._awake = AwakeClock()
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)

    def start(self) -> None:
        """Start watching."""
        self._thread.start()

    def stop(self) -> None:
        """Stop watching."""
        self._stop.set()
        self._hints.wake()
        if self._thread.is_alive():
            self._thread.join(2)
        self._hints.disarm()

    def idle(self) -> bool:
        """Return True when every folder was scanned and no file is settling."""
        return self._idle and self._requests.empty()

    def reconfigure(self, roots: Sequence[Root], *, quiet: float, give_up: float, interval: float) -> None:
        """Use other folders and times from now on; what is known of files is kept."""

        def apply(now: float) -> None:
            self._roots = {root.path: root for root in roots}
            self._identity.clear()
            self._known.clear()
            self._looked &= set(self._roots)
            self._lost &= set(self._roots)
            self._tracker.quiet, self._tracker.give_up, self._interval = quiet, give_up, interval
            self._next_scan = now

        self._request(apply)

    def announce(self, path: Path) -> None:
        """Note that the program that wrote the file says it is complete: the quiet period is skipped."""

        def apply(_now: float) -> None:
            self._visit([path])
            self._tracker.announce(path)

        self._request(apply)

    def revisit(self, path: Path) -> None:
        """Forget that the file was dealt with: it has changed meanwhile."""

        def apply(_now: float) -> None:
            self._known.pop(path, None)
            self._visit([path])

        self._request(apply)

    def _request(self, request: Callable[[float], None]) -> None:
        """Hand a request to the watcher's thread, which alone touches the state."""
        self._idle = False
        self._requests.put(request)
        self._hints.wake()

    def _run(self) -> None:
        troubled = False
        while not self._stop.is_set():
            try:
                self._tick(time.monotonic())
                troubled = False
            except Exception as error:
                if not troubled:
                    log.exception("watching failed (%s); retrying every %.0f s", error, PAUSE)
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
            self._visit(paths)
        failure: Exception | None = None
        for path in self._tracker.paths():
            try:
                self._judge(path, self._awake())
            except Exception as error:
                failure = error  # the other files come first
        if failure is not None:
            raise failure

    def _scan_all(self, now: float) -> None:
        began = time.monotonic()
        changed = False
        for root in self._roots.values():
            changed |= self._scan_root(root)
        if changed or not self._hints.alive():
            self._arm()
        if changed:
            # One more scan finds what arrived before the events did.
            self._next_scan = now
            return
        took = time.monotonic() - began
        self._next_scan = time.monotonic() + max(self._interval, REST * took)

    def _arm(self) -> None:
        there = [root for root in self._roots.values() if root.path not in self._lost]
        self._hints.arm([(r.path, r.recursive) for r in there if not self._is_polled(r)])

    def _is_polled(self, root: Root) -> bool:
        """Return True when the folder is only scanned: as wanted, else when its file system reports no events."""
        return volume_of(root.path).remote if root.poll is None else root.poll

    def _scan_root(self, root: Root) -> bool:
        """Scan one folder; returns True when it is another one than before (new, back, replaced)."""
        others: list[str] = []
        taken = self._suffixes | root.suffixes

        def is_wanted(name: str) -> bool:
            if is_candidate(name, taken, root.ignore):
                return True
            if is_candidate(name, self._other_suffixes, root.ignore):
                others.append(name)
            return False

        try:
            status = root.path.stat()
            found = dict(
                scan(
                    root.path,
                    recursive=root.recursive,
                    wanted=is_wanted,
                    without=self._without,
                )
            )
        except OSError as error:
            if root.path not in self._lost:
                self._lost.add(root.path)
                self._identity.pop(root.path, None)
                self._forget_below(root.path)
                self._listener.on_root_lost(root.path, error.strerror or str(error))
                return True
            return False
        if root.path in self._lost:
            self._lost.discard(root.path)
            self._listener.on_root_back(root.path)
        if any(other != root.path and other.is_relative_to(root.path) for other in self._roots):
            found = {path: version for path, version in found.items() if self._root_of(path) is root}
        seen = {path: version for path, version in found.items() if version is not None}
        if self._cloud_only.get(root.path, 0) != len(found) - len(seen):
            self._cloud_only[root.path] = len(found) - len(seen)
            self._listener.on_cloud_only(root.path, len(found) - len(seen))
        if sorted(others) != self._others.get(root.path, []):
            self._others[root.path] = sorted(others)
            self._listener.on_others(root.path, others)
        identity = folder_identity(status)
        was = self._identity.get(root.path)
        if was != identity:
            self._listener.on_root_seen(root.path, volume_of(root.path).identity, seen)
        self._meet(
            ((path, version, root.path) for path, version in seen.items()),
            first_look=root.path not in self._looked,
            after_mount=was != identity,
        )
        self._looked.add(root.path)
        for path in self._known.keys() - seen.keys():
            if path.is_relative_to(root.path) and version_of(path) is None:
                del self._known[path]
        self._identity[root.path] = identity
        return was != identity

    def _forget_below(self, root: Path) -> None:
        """Forget files that were settling in a folder that is lost; they are found again when it is back."""
        for path in [path for path, owner in self._owner.items() if owner == root]:
            self._forget(path)
            self._listener.on_removed(path)

    def _visit(self, paths: Iterable[Path]) -> None:
        """Look at single files that an event or a script named."""
        found = []
        for path in paths:
            root = self._root_of(path)
            if root is None or not is_candidate(path.name, self._suffixes | root.suffixes, root.ignore):
                continue
            if is_hidden(path, root.path) or not self._without.isdisjoint(path.parents):
                continue
            status = status_of(path)
            if status is not None and not is_placeholder(status):
                found.append((path, version_from(status), root.path))
        self._meet(found, first_look=False, after_mount=False)

    def _root_of(self, path: Path) -> Root | None:
        """Return the innermost watched folder that the file belongs to."""
        fitting = [
            r
            for r in self._roots.values()
            if path.parent == r.path or (r.recursive and r.path in path.parents)
        ]
        return max(fitting, key=lambda r: len(r.path.parts), default=None)

    def _meet(
        self,
        seen: Iterable[tuple[Path, FileVersion, Path]],
        *,
        first_look: bool,
        after_mount: bool,
    ) -> None:
        """Follow the files that are not known in this version; `after_mount`: the folder was mounted since, or may have been."""
        new = []
        for path, version, root in seen:
            if path in self._owner:
                continue  # followed already
            if path not in self._known:
                known = self._listener.known_version(path)
                if known is not None:
                    self._known[path] = known
            if version.is_same(self._known.get(path), after_mount=after_mount):
                self._known[path] = version
                continue
            new.append(FoundFile(path, version, root))
        if new:
            self._listener.on_found(new, first_look=first_look)
        for file in new:
            self._tracker.follow(file.path, file.version, self._awake())
            self._owner[file.path] = file.root

    def _judge(self, path: Path, now: float) -> None:
        version = version_of(path)
        root = self._owner[path]
        if version is None:
            if root not in self._lost and root.exists():
                self._forget(path)
                self._listener.on_removed(path)
            return
        self._tracker.follow(path, version, now)
        verdict, reason, problem = self._tracker.judge(path, now, lambda: self._check(path))
        if verdict is Verdict.WAIT:
            self._log_waiting(path, reason, now)
            return
        found = FoundFile(path, version, root)
        if verdict is Verdict.SETTLED:
            self._listener.on_settled(found)
        else:
            self._listener.on_timeout(found, problem, reason)
        self._forget(path)
        self._known[path] = version

    def _log_waiting(self, path: Path, reason: str, now: float) -> None:
        """Log once that a file takes long."""
        began = self._waiting.setdefault(path, now)
        if began > 0 and now - began > max(LONG, self._tracker.give_up):
            log.info("waiting for %s: %s", printable(path), reason)
            self._waiting[path] = -1.0

    def _forget(self, path: Path) -> None:
        self._tracker.forget(path)
        self._waiting.pop(path, None)
        del self._owner[path]

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

"""One watched folder, in a thread of its own: a file system that hangs holds up no other folder."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from takevoice.errors import printable
from takevoice.files import is_there
from takevoice.settled import MOVED, Completeness, SettleTracker
from takevoice.system.fileid import FileVersion, device, is_placeholder, status_of, version_from
from takevoice.system.volumes import volume_of
from takevoice.watch.following import Following
from takevoice.watch.hints import Hints
from takevoice.watch.ignored import is_ignored_folder
from takevoice.watch.listener import Listener, Root
from takevoice.watch.names import candidates_among, is_skipped
from takevoice.watch.pulse import Pulse
from takevoice.watch.tour import Rules, Tour

log = logging.getLogger(__name__)

PAUSE = 2.0  # seconds before the next try, when something went wrong
TICK = 0.25  # seconds between looks at files that are settling, and of walking at a time


@dataclass(frozen=True)
class Sight:
    """What a watcher looks for, in all its folders."""

    suffixes: frozenset[str]  # of takes
    completeness: Callable[[Path], Completeness]
    without: frozenset[Path]  # folders that are never entered
    other_suffixes: Collection[str]  # of files that are only counted
    owner_of: Callable[[Path], Root | None]  # the innermost watched folder that a file belongs to
    inner: Callable[[Root], Collection[Root]]  # the watched folders inside of one


@dataclass(frozen=True)
class Times:
    """How long to wait for what, in seconds: see `Settle` and `scan` in the config."""

    quiet: float
    give_up: float
    interval: float
    moved: float = MOVED


class RootWatch:
    """Watches one folder. Only its own thread touches the file system and the state."""

    def __init__(self, listener: Listener, root: Root, sight: Sight, times: Times) -> None:
        self.root, self.pulse = root, Pulse()
        self._listener, self._sight, self._times = listener, sight, times
        tracker = SettleTracker(times.quiet, times.give_up, times.moved)
        self._following = Following(listener, root.path, sight.completeness, tracker, self.pulse)
        self._tour = Tour(root.path, self.pulse)
        self._hints = Hints()
        self._requests: SimpleQueue[Callable[[float], None]] = SimpleQueue()
        self._looked = self._lost = self._idle = self._polled = self._had_files = False
        self._others: Sequence[str] = []
        self._cloud_only = 0
        self._real = ""
        self._stop = threading.Event()
        self.thread = threading.Thread(target=self._run, name=f"watch-{root.path.name}", daemon=True)

    def stop(self) -> None:
        """Let the thread end; one that waits for its file system is left behind."""
        self._stop.set()
        self._hints.wake()

    @property
    def has_looked(self) -> bool:
        """True once the folder was walked through, or cannot be."""
        return self._looked or self._lost

    def is_idle(self) -> bool:
        """Return True when the folder was scanned, or cannot be, and no file is settling."""
        return self._idle and self._requests.empty()

    def reconfigure(self, root: Root, times: Times) -> None:
        """Use other settings from now on; what is known of files is kept."""

        def apply(_now: float) -> None:
            self.root, self._times = root, times
            tracker = self._following.tracker
            tracker.quiet, tracker.give_up, tracker.moved = times.quiet, times.give_up, times.moved
            self._following.forget_known()
            self._tour.restart()

        self.request(apply)

    def announce(self, path: Path) -> None:
        """Note that the program that wrote the file says it is complete."""

        def apply(_now: float) -> None:
            self._visit([path])
            self._following.tracker.announce(path)

        self.request(apply)

    def revisit(self, path: Path) -> None:
        """Forget that the file was dealt with: it has changed meanwhile."""

        def apply(_now: float) -> None:
            self._following.forget_version(path)
            self._visit([path])

        self.request(apply)

    def request(self, request: Callable[[float], None]) -> None:
        """Hand a request to the folder's thread."""
        self._idle = False
        self._requests.put(request)
        self._hints.wake()

    def _run(self) -> None:
        troubled = False
        while not self._stop.is_set():
            self.pulse.beat()
            try:
                self._tick(time.monotonic())
                troubled = False
            except Exception as error:
                if not troubled and not self._stop.is_set():
                    log.exception(
                        "%s: watching failed (%s); retrying every %.0f s", printable(self.root.path), error, PAUSE
                    )
                troubled = True
                self.pulse.rest()
                self._stop.wait(PAUSE)
            self.pulse.rest()
            self._idle = (self._looked or self._lost) and not len(self._following)
            if not self._tour.is_under_way:
                pause = min(self._tour.next_due() - time.monotonic(), self._times.interval)
                self._hints.wait(min(TICK, self._following.next_due()) if len(self._following) else max(0.0, pause))
        self._tour.restart()  # a walk under way has a folder open
        self._hints.disarm()

    def _tick(self, now: float) -> None:
        if self._looked or self._lost:  # the first look decides what was there before
            while not self._requests.empty():
                self._requests.get()(now)
            paths, everything = self._hints.take()
            if everything:
                self._tour.hurry()
            self._visit(paths)
        try:
            self._go_on(now)
            # A whole walk may be long in coming; one through another folder reports that it is another.
            if self._had_files and self._tour.is_still_there() and not _has_entries(self.root.path):
                self._note_empty()
        except OSError as error:
            self._note_lost(error)
        self._following.judge_all(time.monotonic() + TICK, self._is_gone)

    def _note_empty(self) -> None:
        """Report once that the folder has no files any more."""
        if self._had_files:
            self._had_files = False
            self._listener.on_root_emptied(self.root.path)

    def _is_gone(self) -> bool:
        return self._lost or not is_there(self.root.path)

    def _go_on(self, now: float) -> None:
        """Walk on for a moment; raises OSError when the folder cannot be read."""
        tour = self._tour
        if not tour.begin(now, self._rules(), self._times.interval):
            return
        if tour.is_first:
            self._following.load_known()
            _, ended = tour.walk(None, self._stop.is_set)
        else:
            found, ended = tour.walk(time.monotonic() + TICK, self._stop.is_set)
            self._meet(found, after_mount=False)
        if ended:
            self._end_walk(first=tour.is_first)

    def _end_walk(self, *, first: bool) -> None:
        tour, root = self._tour, self.root
        if self._lost:
            self._lost = False
            self._listener.on_root_back(root.path)
        self._count(tour)
        if first:
            volume = volume_of(root.path)
            self._had_files = bool(tour.seen)
            with self.pulse.resting():
                self._listener.on_root_seen(root.path, volume.identity, tour.seen)
            self._meet(list(tour.seen.items()), after_mount=True)
        elif not tour.seen and not tour.cloud_only:
            self._note_empty()
        self._looked = True
        self._following.forget_missing(tour.seen.keys())
        if first or (not self._polled and not self._hints.alive()):
            self._arm()
        tour.rest(has_events=self._hints.reports())
        if first:
            tour.hurry(changes=True)  # finds what arrived before the events did

    def _count(self, tour: Tour) -> None:
        """Report the files that are in the cloud only, and those that are only counted."""
        if tour.cloud_only != self._cloud_only:
            self._cloud_only = tour.cloud_only
            self._listener.on_cloud_only(self.root.path, tour.cloud_only)
        others = sorted(tour.others)
        if others != self._others:
            self._others = others
            self._listener.on_others(self.root.path, others)

    def _meet(self, found: Iterable[tuple[str, FileVersion]], *, after_mount: bool) -> None:
        found = list(found)
        self._had_files = self._had_files or bool(found)
        if self._following.meet(found, first_look=not self._looked, after_mount=after_mount):
            self._tour.note_hot(path.parent for path in self._following.tracker.paths())

    def _note_lost(self, error: OSError) -> None:
        self._tour.lose(self._times.interval)
        if not self._lost:
            self._lost = True
            self._following.drop_all()
            self._listener.on_root_lost(self.root.path, error.strerror or str(error))
            self._hints.disarm()

    def _arm(self) -> None:
        root = self.root
        self._real = os.path.realpath(root.path)
        volume = volume_of(root.path)
        self._polled = volume.remote if root.poll is None else root.poll
        self._following.local_device = device(root.path.stat()) if volume.local and not self._polled else None
        if self._polled:
            self._hints.disarm()
        else:
            self._hints.arm([(root.path, root.recursive)])

    def _visit(self, paths: Iterable[Path]) -> None:
        """Look at single files that an event or a script named."""
        found = []
        for path in paths:
            self.pulse.beat()
            status = status_of(path) if self._is_wanted(path) else None
            if status is not None and not is_placeholder(status) and self._follows(str(path)):
                found.append((str(path), version_from(status)))
        self._meet(found, after_mount=False)

    def _is_wanted(self, path: Path) -> bool:
        root = self.root
        return self._sight.owner_of(path) == root and not is_skipped(path, root, self._taken, self._sight.without)

    @property
    def _taken(self) -> frozenset[str]:
        return self._sight.suffixes | self.root.suffixes

    def _follows(self, path: str) -> bool:
        """Return True for a file that is in the folder: one behind a link out of it is only when the config says so."""
        if self.root.follow_links or not os.path.islink(path):  # noqa: PTH114 - called for each link of each walk
            return True
        real = self._real or os.path.realpath(self.root.path)
        return os.path.realpath(path).startswith(os.path.join(real, ""))  # noqa: PTH118

    def _rules(self) -> Rules:
        """Return how to walk through the folder."""
        root, sight, taken = self.root, self._sight, self._taken
        inner = sight.inner(root)
        left_out = {str(each) for each in sight.without} | {str(each.path) for each in inner if each.recursive}

        def enters(path: str) -> bool:
            return path not in left_out and not is_ignored_folder(os.path.basename(path), root.ignore)  # noqa: PTH119

        return Rules(
            recursive=root.recursive,
            wanted=candidates_among(taken, root.ignore),
            counted=candidates_among(sight.other_suffixes, root.ignore),
            enters=enters,
            follows=self._follows,
            is_mine=(lambda path: sight.owner_of(Path(path)) == root) if inner else None,
        )


def _has_entries(folder: Path) -> bool:
    """Return True unless a folder is empty, but for hidden entries; raises OSError when it cannot be read."""
    with os.scandir(folder) as entries:
        return any(not entry.name.startswith(".") for entry in entries)

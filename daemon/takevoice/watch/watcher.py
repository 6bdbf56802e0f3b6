"""Finds finished files in folders: each folder has a thread of its own, and one more sees to it that they answer."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

from takevoice.settled import MOVED, Completeness
from takevoice.watch.listener import Listener, Root
from takevoice.watch.names import owner_of
from takevoice.watch.root_watch import RootWatch, Sight, Times

log = logging.getLogger(__name__)

DEADLINE = 10.0  # seconds within which a file system has to answer
CHECK = 0.5  # seconds between two looks whether they do
STOP_WITHIN = 2.0  # seconds for all threads to end


class Watcher:
    """Watches folders. Times are in seconds."""

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
        moved: float = MOVED,
        without: Collection[Path] = (),
        other_suffixes: Collection[str] = (),
        deadline: float = DEADLINE,
    ) -> None:
        """`without`: folders that are never scanned. `other_suffixes`: of files that are only counted. `deadline`: after
        how long without an answer a folder counts as silent."""
        self._listener, self._deadline = listener, deadline
        self._sight = Sight(
            frozenset(suffixes), completeness, frozenset(without), other_suffixes, self._root_of, self._inner
        )
        self._times = Times(quiet, give_up, interval, moved)
        self._roots = {root.path: root for root in roots}
        self._watches = {root.path: self._watch(root) for root in self._roots.values()}
        self._silent: dict[Path, int] = {}  # the folder's rests when it became silent
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._supervise, name="watcher", daemon=True)

    def start(self, silent: Iterable[Path] = ()) -> None:
        """Start watching; `silent`: folders of which it is known already that they do not answer."""
        for path in sorted(set(silent) & self._watches.keys()):
            self._silent[path] = 0
            self._listener.on_root_silent(path)
        for watch in self._watches.values():
            watch.thread.start()
        self._thread.start()

    def stop(self) -> None:
        """Stop watching; a thread whose file system does not answer is left behind."""
        self._stop.set()
        watches = list(self._watches.values())
        for watch in watches:
            watch.stop()
        deadline = time.monotonic() + STOP_WITHIN
        for thread in [self._thread, *(watch.thread for watch in watches if not watch.pulse.silent_for() > 1.0)]:
            if thread.is_alive():
                thread.join(max(0.0, deadline - time.monotonic()))

    def has_looked(self, path: Path) -> bool:
        """Return True once the first look at a folder is over: what arrives from now on is new."""
        watch = self._watches.get(path)
        return watch is None or watch.has_looked or path in self._silent

    def idle(self) -> bool:
        """Return True when every folder was scanned or does not answer, and no file is settling."""
        return all(watch.is_idle() or path in self._silent for path, watch in self._watches.items())

    def reconfigure(
        self, roots: Sequence[Root], *, quiet: float, give_up: float, interval: float, moved: float = MOVED
    ) -> None:
        """Use other folders and times from now on; what is known of files is kept."""
        self._times = Times(quiet, give_up, interval, moved)
        before, self._roots = self._watches, {root.path: root for root in roots}
        watches = {path: before.get(path) or self._watch(root) for path, root in self._roots.items()}
        self._watches = watches
        for path in before.keys() - watches.keys():
            before[path].stop()
        for path, watch in watches.items():
            if path in before:
                watch.reconfigure(self._roots[path], self._times)
            else:
                watch.thread.start()

    def announce(self, path: Path, track: str = "") -> None:
        """Note that the program that wrote the file says it is complete: the quiet period is skipped. The listener gets the
        track, if there is one."""
        root = self._root_of(path)
        if root is not None:
            if track:
                self._listener.on_announced(path, track)
            self._watches[root.path].announce(path)

    def revisit(self, path: Path) -> None:
        """Forget that the file was dealt with: it has changed meanwhile."""
        root = self._root_of(path)
        if root is not None:
            self._watches[root.path].revisit(path)

    def _watch(self, root: Root) -> RootWatch:
        return RootWatch(self._listener, root, self._sight, self._times)

    def _root_of(self, path: Path) -> Root | None:
        return owner_of(path, self._roots.values())

    def _inner(self, root: Root) -> Sequence[Root]:
        """Return the watched folders inside of a watched folder."""
        return [each for each in self._roots.values() if root.path in each.path.parents]

    def _supervise(self) -> None:
        while not self._stop.wait(min(CHECK, self._deadline)):
            try:
                self._check_answers()
            except Exception:
                log.exception("a watched folder that does not answer could not be reported")

    def _check_answers(self) -> None:
        """Report the folders that do not answer any more, and those that do again."""
        watches = self._watches
        for path, watch in watches.items():
            if path not in self._silent and watch.pulse.silent_for() > self._deadline:
                self._silent[path] = watch.pulse.rests
                self._listener.on_root_silent(path)
        for path, rests in list(self._silent.items()):
            if path not in watches or watches[path].pulse.rests > rests:
                del self._silent[path]
                self._listener.on_root_answers(path)

"""The system's file events, through watchdog: they say where to look soon, and are never believed alone."""

from __future__ import annotations

import logging
import os
import threading
import warnings
from collections.abc import Sequence
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

log = logging.getLogger(__name__)

MAX_HINTS = 2000  # more than this and a scan is cheaper
_TELLING = frozenset({"created", "modified", "moved", "deleted", "closed"})


class Hints(FileSystemEventHandler):
    """Collects the paths that events name. `everything` means: too many to tell, scan."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._paths: set[Path] = set()
        self._everything = False
        self._bell = threading.Event()
        self._observer: BaseObserver | None = None
        self._blind = False  # no events to be had

    def arm(self, roots: Sequence[tuple[Path, bool]]) -> None:
        """Watches these (folder, recursive), and no others any more."""
        self.disarm()
        # watchdog's own race when nested folders are made quickly; the scan finds what it loses.
        warnings.filterwarnings("ignore", "Callback with id", RuntimeWarning)
        observer = Observer()
        for folder, recursive in roots:
            try:
                observer.schedule(self, str(folder), recursive=recursive)
            except OSError as error:
                log.warning(
                    "%s: no events from the system (%s); it is looked through now and then",
                    folder,
                    error.strerror or error,
                )
        try:
            observer.start()
        except (OSError, RuntimeError) as error:
            self._say_blind(error)
            return
        self._blind = False
        self._observer = observer

    def _say_blind(self, error: Exception) -> None:
        if not self._blind:
            log.warning(
                "the system gives no file events (%s); folders are looked through now and then", error
            )
        self._blind = True

    def disarm(self) -> None:
        """Stops watching."""
        observer, self._observer = self._observer, None
        if observer is not None:
            observer.stop()
            observer.join(5)

    def alive(self) -> bool:
        """False when a part of the watching has died, which watchdog itself does not tell."""
        return (
            self._observer is not None
            and self._observer.is_alive()
            and all(e.is_alive() for e in self._observer.emitters)
        )

    def ring(self) -> None:
        """Wakes whoever waits."""
        self._bell.set()

    def wait(self, seconds: float) -> None:
        """Waits for a hint, or for that long."""
        self._bell.wait(seconds)
        self._bell.clear()

    def take(self) -> tuple[set[Path], bool]:
        """The paths named since the last call, and whether everything should be looked at."""
        with self._lock:
            paths, everything = self._paths, self._everything
            self._paths, self._everything = set(), False
        return paths, everything

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Called by watchdog's thread."""
        if event.event_type not in _TELLING:
            return
        with self._lock:
            if event.is_directory:
                # What is inside a new or moved folder may have been missed: look at all of it.
                self._everything |= event.event_type in ("created", "moved")
            for name in (event.src_path, event.dest_path):
                if name and not event.is_directory:
                    self._paths.add(Path(os.fsdecode(name)))
            if len(self._paths) > MAX_HINTS:
                self._paths, self._everything = set(), True
        self._bell.set()

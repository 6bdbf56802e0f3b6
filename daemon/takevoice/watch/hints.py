"""The system's file events, through watchdog: they hint where to look, and are never trusted alone."""

from __future__ import annotations

import logging
import os
import threading
import warnings
from collections.abc import Sequence
from pathlib import Path

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

log = logging.getLogger(__name__)

MAX_HINTS = 2000  # more than this and a scan is cheaper
_TELLING = frozenset({"created", "modified", "moved", "deleted", "closed"})
_WITHOUT_WRITES: Sequence[type[FileSystemEvent]] = (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileMovedEvent,
)
"""Inotify tells when a writer closes a file, so that not each of its writes need be told, nor anybody's reading."""


class Hints(FileSystemEventHandler):
    """Collects the paths that events name. `everything` means: too many to list, so scan."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._paths: set[Path] = set()
        self._everything = False
        self._wakeup = threading.Event()
        self._observer: BaseObserver | None = None
        self._blind = False  # the system reports no events

    def arm(self, roots: Sequence[tuple[Path, bool]]) -> None:
        """Watch these (folder, recursive) instead of the earlier ones."""
        self.disarm()
        # watchdog's own race when nested folders are made quickly; the scan finds what it loses.
        warnings.filterwarnings("ignore", "Callback with id", RuntimeWarning)
        observer = Observer()
        for folder, recursive in roots:
            try:
                observer.schedule(self, str(folder), recursive=recursive, event_filter=_wanted_of(observer))
            except OSError as error:
                log.warning(
                    "%s: the system reports no events (%s); the folder is scanned regularly instead",
                    folder,
                    error.strerror or error,
                )
        try:
            observer.start()
        except (OSError, RuntimeError) as error:
            self._log_blind(error)
            return
        self._blind = False
        self._observer = observer

    def _log_blind(self, error: Exception) -> None:
        if not self._blind:
            log.warning(
                "the system reports no file events (%s); folders are scanned regularly instead", error
            )
        self._blind = True

    def disarm(self) -> None:
        """Stop watching."""
        observer, self._observer = self._observer, None
        if observer is not None:
            logger = logging.getLogger("watchdog.observers.inotify")
            logger.addFilter(_is_no_late_event)
            try:
                observer.stop()
                observer.join(5)
            finally:
                logger.removeFilter(_is_no_late_event)

    def alive(self) -> bool:
        """Return False when one of watchdog's threads has died, which watchdog itself does not report."""
        return (
            self._observer is not None
            and self._observer.is_alive()
            and all(e.is_alive() for e in self._observer.emitters)
        )

    def reports(self) -> bool:
        """Return True when the system reports events of some folder."""
        return self.alive() and self._observer is not None and bool(self._observer.emitters)

    def wake(self) -> None:
        """Wake the thread that waits."""
        self._wakeup.set()

    def wait(self, seconds: float) -> None:
        """Wait for a hint, or for that many seconds."""
        self._wakeup.wait(seconds)
        self._wakeup.clear()

    def take(self) -> tuple[set[Path], bool]:
        """Return the paths named since the last call, and whether everything should be scanned."""
        with self._lock:
            paths, everything = self._paths, self._everything
            self._paths, self._everything = set(), False
        return paths, everything

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Collect an event; watchdog calls this in its own thread."""
        if event.event_type not in _TELLING:
            return
        with self._lock:
            if event.is_directory:
                # Events from inside a new or moved folder may have been missed.
                made = event.event_type in ("created", "moved")
                self._everything |= made and not _is_hidden(event.dest_path or event.src_path)
            for name in (event.src_path, event.dest_path):
                if name and not event.is_directory:
                    self._paths.add(Path(os.fsdecode(name)))
            if len(self._paths) > MAX_HINTS:
                self._paths, self._everything = set(), True
        self._wakeup.set()


def _is_no_late_event(record: logging.LogRecord) -> bool:
    """Return False for what watchdog calls an error: an event that came while it stopped."""
    return "thread is inactive" not in record.getMessage()


def _is_hidden(folder: str | bytes) -> bool:
    return os.path.basename(os.fsdecode(folder)).startswith(".")  # noqa: PTH119


def _wanted_of(observer: BaseObserver) -> list[type[FileSystemEvent]] | None:
    """Return the events to ask the system for; None: all of them, where nothing tells that a file was closed."""
    return list(_WITHOUT_WRITES) if "inotify" in type(observer).__module__ else None

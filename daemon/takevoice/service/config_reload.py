"""Notices when the config has changed, or has appeared."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from takevoice.system.patience import NoAnswer, within

log = logging.getLogger("takevoice")

EVERY = 1.0  # seconds
ANSWER = 2.0  # seconds to wait for a file system


class ConfigReloader:
    """Checks the config regularly, in a thread of its own."""

    def __init__(self, find: Callable[[], Path | None], on_changed: Callable[[Path], None]) -> None:
        self._find, self._on_changed = find, on_changed
        self._stop, self._lock = threading.Event(), threading.Lock()
        self._thread = threading.Thread(target=self._run, name="config", daemon=True)
        try:
            self._seen = within(ANSWER, Path(), self._version)
        except NoAnswer:
            self._seen = None  # a watched folder, which may have a config, does not answer

    def start(self) -> None:
        """Start checking."""
        self._thread.start()

    def stop(self) -> None:
        """Stop checking."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(ANSWER)

    def _version(self) -> tuple[Path, int, int] | None:
        try:
            path = self._find()
            status = path.stat() if path else None
        except OSError:
            return None
        return (path, status.st_mtime_ns, status.st_size) if path and status else None

    def look(self) -> None:
        """Read the config now if it has changed: this process has written it, whole."""
        with self._lock:
            version = self._version()
            if version is not None and version != self._seen:
                self._seen = version
                self._on_changed(version[0])

    def _run(self) -> None:
        while not self._stop.wait(EVERY):
            with self._lock:
                self._look()

    def _look(self) -> None:
        version = self._version()
        if version is None or version == self._seen:
            return
        # An editor may still be writing it.
        time.sleep(0.1)
        self._seen = self._version()
        try:
            self._on_changed(version[0])
        except Exception:
            log.exception("the changed config could not be applied")

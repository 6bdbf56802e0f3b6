"""Looks for request files, in a thread of its own: a stat of the folder, and a listing only when that has changed."""

from __future__ import annotations

import contextlib
import logging
import os
import stat
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from takevoice.errors import printable
from takevoice.service.handover.progress_file import NAME as PROGRESS
from takevoice.service.handover.request_file import SUFFIX

log = logging.getLogger("takevoice")

EVERY = 0.1  # seconds between two looks
LIST_EVERY = 5.0  # seconds between two listings of a folder that seems unchanged
HIDDEN = 10.0  # seconds: a request whose name begins with a dot may still be written
TICK = 2.0  # seconds: a file that is written just after a listing may leave the folder's time as it was (FAT: 2 s)


class HandoverFolder:
    """Hands the request files in a folder to `handle`, oldest first."""

    def __init__(self, folder: Path, handle: Callable[[Sequence[Path]], None]) -> None:
        """`handle` removes the files that it is done with; it gets the others again."""
        self._folder, self._handle = folder, handle
        self._stopping, self._wakeup = threading.Event(), threading.Event()
        self._lock = threading.Lock()
        self._then: list[Callable[[], None]] = []
        self._seen, self._listed = -1, 0.0
        self._pending = True
        self._answered: dict[str, int] = {}  # folders that look like requests, and their times
        self._thread = threading.Thread(target=self._run, name="handover", daemon=True)

    def start(self) -> None:
        """Look for the first time, in the thread, and from now on."""
        self._thread.start()

    def join(self) -> None:
        """Look no more, and wait a moment for the thread to stop: files that are not handled stay."""
        self._stopping.set()
        self._wakeup.set()
        if self._thread.is_alive():
            self._thread.join(5)

    def look(self, then: Callable[[], None] | None = None) -> None:
        """Look now; call `then`, in the thread, when everything that was there is handled."""
        if then is not None:
            with self._lock:
                if not self._stopping.is_set():
                    self._then.append(then)
                    self._pending = True
                    then = None
            if then is not None:
                then()
        self._wakeup.set()

    def is_idle(self) -> bool:
        """Return True when the last look found no file, and none was asked for since."""
        return not self._pending or self._stopping.is_set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wakeup.clear()
            with self._lock:
                then, self._then = self._then, []
            try:
                self._look(listing=bool(then))
            except Exception:
                log.exception("the hand-over folder could not be looked at")
            for call in then:
                call()
            self._wakeup.wait(EVERY)
        with self._lock:
            then, self._then = self._then, []
        for call in then:
            call()

    def _look(self, *, listing: bool) -> None:
        changed = self._time()
        now = time.monotonic()
        if changed == self._seen and now - self._listed < LIST_EVERY and not listing:
            return
        self._listed = now
        settled = abs(time.time() - changed / 1e9) > TICK
        found = self._request_files()
        if found:
            self._handle(found)
        self._seen = changed if settled else -1
        with self._lock:
            self._pending = bool(found) or bool(self._then)

    def _time(self) -> int:
        try:
            return self._folder.stat().st_mtime_ns
        except FileNotFoundError:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return self._folder.stat().st_mtime_ns

    def _request_files(self) -> Sequence[Path]:
        found = []
        with os.scandir(self._folder) as entries:
            for entry in entries:
                if entry.name.endswith(SUFFIX) and entry.name != PROGRESS:
                    with contextlib.suppress(OSError):  # it is gone again
                        status = entry.stat(follow_symlinks=False)
                        if self._is_request(entry.name, status):
                            found.append((status.st_mtime_ns, entry.name))
        if len(found) > 1000:
            log.debug("%s has %d requests", printable(self._folder), len(found))
        return [self._folder / name for _, name in sorted(found)]

    def _is_request(self, name: str, status: os.stat_result) -> bool:
        """Return True for a file to handle, and for a folder that was not answered yet: it cannot be removed."""
        if stat.S_ISDIR(status.st_mode):
            is_new = self._answered.get(name) != status.st_mtime_ns
            self._answered[name] = status.st_mtime_ns
            return is_new and not name.startswith(".")
        if not name.startswith(".") or name == SUFFIX:
            return True
        # Programs write under a hidden name and rename it; what keeps that name was meant so. macOS keeps attributes in ._ files.
        return not name.startswith("._") and time.time() - status.st_mtime > HIDDEN

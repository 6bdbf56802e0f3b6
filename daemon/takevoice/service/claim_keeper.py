"""Looks after the claims in shared folders: a thread for each watched folder, so that a share that hangs delays no other one."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from pathlib import Path

from takevoice.errors import TakevoiceError, printable
from takevoice.pipeline.claims import Claims
from takevoice.system.patience import NoAnswer, within

log = logging.getLogger("takevoice")

LOOK = 2.0  # seconds between two looks at the claims of others
BEAT = 10.0  # seconds between two changes of those of this takevoice
STALE = 90.0  # seconds without a change, after which others count as not running: NFS shows changes after up to 60
IDLE = 10.0  # seconds without a claim, after which a folder of claims is removed
STOP_WITHIN = 1.0  # seconds


class ClaimKeeper:
    """Renews the claims of this takevoice and looks at those that its jobs wait for, while there are any."""

    def __init__(self, claims: Claims, stopping: threading.Event, *, look: float, beat: float, idle: float) -> None:
        """Times are in seconds."""
        self._claims, self._stopping = claims, stopping
        self._look, self._beat, self._idle = look, beat, idle
        self._threads: dict[Path, threading.Thread] = {}
        self._lock = threading.Lock()
        claims.own.subscribe(self.attend)
        claims.waits.subscribe(on_added=self.attend)

    def attend(self, root: Path) -> None:
        """Look after the claims in a watched folder, until there are none any more."""
        with self._lock:
            if root not in self._threads and not self._stopping.is_set():
                name = f"claims-{root.name}"
                thread = threading.Thread(target=self._run, args=(root,), name=name, daemon=True)
                self._threads[root] = thread
                thread.start()

    def join(self) -> None:
        """Wait a moment for the threads to stop, once `stopping` is set, and remove what is empty: after all work has ended."""
        deadline = time.monotonic() + STOP_WITHIN
        for thread in list(self._threads.values()):
            thread.join(max(0.0, deadline - time.monotonic()))
        for root in self._claims.own.roots():
            with contextlib.suppress(NoAnswer):
                within(max(0.1, deadline - time.monotonic()), root, lambda root=root: self._claims.own.tidy(root))  # type: ignore[misc]

    def _run(self, root: Path) -> None:
        renewed = used = time.monotonic()
        while not self._stopping.wait(self._look):
            now = time.monotonic()
            try:
                self._claims.waits.look(root)
                if now - renewed >= self._beat:
                    renewed = now
                    self._claims.own.renew(root)
            except TakevoiceError as error:
                log.debug("%s", error)
            except Exception:
                log.exception("the claims in %s could not be looked after", printable(root))
            used = now if self._has_any(root) else used
            if now - used >= self._idle:
                self._claims.own.tidy(root)
                if self._leave(root):
                    return
                used = now

    def _has_any(self, root: Path) -> bool:
        return self._claims.own.has_any(root) or self._claims.waits.has_any(root)

    def _leave(self, root: Path) -> bool:
        """End the thread of a folder, unless it has got a claim again."""
        with self._lock:
            if self._has_any(root):
                return False
            del self._threads[root]
            return True

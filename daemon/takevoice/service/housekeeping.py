"""What is looked after once in a while, in a thread of its own: other takevoices, killed ones' jobs, and answers that are old."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

log = logging.getLogger("takevoice")

EVERY = 1.0  # seconds between two looks for other processes
PRUNE_EVERY = 3600.0  # seconds


class Housekeeping:
    """Calls `look` every second; and removes what is old at the start and every hour."""

    def __init__(self, look: Callable[[], None], keep_days: Callable[[], float], stopping: threading.Event) -> None:
        """`keep_days` returns for how many days things are kept."""
        self._looks, self._keep_days, self._stopping = [look], keep_days, stopping
        self._prunes: list[Callable[[float], object]] = []
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)

    def prune_too(self, prune: Callable[[float], object]) -> None:
        """Call this with the days for which things are kept; before the start."""
        self._prunes.append(prune)

    def look_too(self, look: Callable[[], None]) -> None:
        """Call this every second, too; before the start."""
        self._looks.append(look)

    def start(self) -> None:
        """Start looking."""
        self._thread.start()

    def join(self) -> None:
        """Wait a moment for the thread to stop."""
        if self._thread.is_alive():
            self._thread.join(2)

    def _run(self) -> None:
        due = 0.0
        while not self._stopping.wait(EVERY):
            try:
                if time.monotonic() >= due:
                    due = time.monotonic() + PRUNE_EVERY
                    for prune in self._prunes:
                        prune(self._keep_days())
                for look in self._looks:
                    look()
            except Exception as error:
                log.debug("housekeeping is put off: %s", error, exc_info=True)

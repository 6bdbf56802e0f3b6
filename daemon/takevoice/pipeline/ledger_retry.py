"""Changes that must not be lost: stored again and again while the ledger cannot be written."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TypeVar

from takevoice.errors import LedgerError, StorageError, UnknownJob

T = TypeVar("T")
log = logging.getLogger("takevoice")

PAUSE = 2.0  # seconds between two tries


class LedgerRetry:
    """Retries a write until it succeeds or takevoice stops."""

    def __init__(self, stopping: threading.Event, pause: float = PAUSE) -> None:
        self._stopping, self._pause = stopping, pause

    def __call__(self, write: Callable[[], T]) -> T | None:
        """Return what `write` returns; None when its job does not allow it any more, or takevoice stops."""
        reported = False
        while True:
            try:
                return write()
            except UnknownJob as error:
                log.warning("%s", error)
                return None
            except (LedgerError, StorageError) as error:
                if not reported:
                    log.error("%s; retrying every %.0f s", error, self._pause)
                reported = True
            if self._stopping.wait(self._pause):
                return None

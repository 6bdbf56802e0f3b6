"""What a station still has, for the overview of its house: takes that wait, and their length."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from takevoice import errors

if TYPE_CHECKING:
    from takevoice import Office

FRESH = 2.0  # seconds for which the numbers are good: a busy station has many requests a second


class Waiting:
    """Counts what waits here. Thread-safe."""

    def __init__(self, office: Office) -> None:
        self._office, self._lock = office, threading.Lock()
        self._counted, self._headers = 0.0, dict[str, str]()

    def headers(self) -> Mapping[str, str]:
        """Return the header that says so; none if it cannot be counted now."""
        with self._lock:
            if not self._headers or time.monotonic() - self._counted > FRESH:
                self._headers, self._counted = self._count(), time.monotonic()
            return self._headers

    def _count(self) -> dict[str, str]:
        try:
            status = self._office.status()
        except errors.TakevoiceError:
            return {}
        return {"takevoice-waiting": f"{status.waiting};{status.seconds_left:.1f}"}

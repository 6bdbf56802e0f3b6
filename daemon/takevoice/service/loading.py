"""Loads what every take needs: after the start, while nothing waits, so that the start is quick and so is the first take."""

from __future__ import annotations

import logging
import threading

from takevoice import audio
from takevoice.lazy import load_all

log = logging.getLogger(__name__)

_ONE_AT_A_TIME = threading.Lock()
"""Parts of scipy import each other, and threads that load them at the same time can get in each other's way."""


def load_audio() -> None:
    """Load everything that reads, measures and writes takes, or wait until another thread has done so."""
    with _ONE_AT_A_TIME:
        load_all(audio)


class LoadAhead:
    """Loads it in a thread of its own."""

    def __init__(self) -> None:
        self._thread = threading.Thread(target=self._run, name="load-ahead", daemon=True)

    def start(self) -> None:
        """Start loading."""
        self._thread.start()

    def _run(self) -> None:
        try:
            load_audio()
        except Exception as error:
            log.debug("what takes need cannot be loaded: %s", error, exc_info=True)  # the first take reports it

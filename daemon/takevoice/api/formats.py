"""The output format "auto": the best lossless format that the plan allows, determined once per client."""

from __future__ import annotations

import logging
import threading

log = logging.getLogger("takevoice.api")

_LADDERS = {
    False: ("wav_48000", "wav_44100", "wav_32000", "wav_24000", "mp3_44100_128"),
    True: ("pcm_48000", "pcm_44100", "pcm_32000", "pcm_24000", "mp3_44100_128"),
}
"""For convert (False) and stream (True), best first. The last is the API's default, which every plan includes."""


class Formats:
    """The formats that the plan has excluded so far. Thread-safe."""

    def __init__(self) -> None:
        self._excluded: set[str] = set()
        self._lock = threading.Lock()

    def best(self, *, streaming: bool) -> str:
        """Return the best format that the plan has not excluded."""
        ladder = _LADDERS[streaming]
        return next((name for name in ladder if name not in self._excluded), ladder[-1])

    def exclude(self, name: str, *, streaming: bool) -> bool:
        """Record that the plan excludes a format, and log it once. Return False if there is no other format to try."""
        with self._lock:
            if name == _LADDERS[streaming][-1]:
                return False
            is_new = name not in self._excluded
            self._excluded.add(name)
        if is_new:
            log.warning(
                "the plan does not include the output format %s; using %s instead",
                name,
                self.best(streaming=streaming),
            )
        return True

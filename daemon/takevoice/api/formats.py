"""The output format "auto": the best lossless one that the plan allows, found out once."""

from __future__ import annotations

import logging
import threading

log = logging.getLogger("takevoice.api")

_LADDERS = {
    False: ("wav_48000", "wav_44100", "wav_32000", "wav_24000", "mp3_44100_128"),
    True: ("pcm_48000", "pcm_44100", "pcm_32000", "pcm_24000", "mp3_44100_128"),
}
"""By whether it is streamed: the best first. The last is the API's own default, open to every plan."""


class Formats:
    """Which formats the plan has refused so far; shared by all threads."""

    def __init__(self) -> None:
        self._refused: set[str] = set()
        self._lock = threading.Lock()

    def best(self, *, streaming: bool) -> str:
        """The best format that has not been refused."""
        ladder = _LADDERS[streaming]
        return next((name for name in ladder if name not in self._refused), ladder[-1])

    def refuse(self, name: str, *, streaming: bool) -> bool:
        """Remembers a refusal, and says so once; False when there is nothing below."""
        with self._lock:
            if name == _LADDERS[streaming][-1]:
                return False
            news = name not in self._refused
            self._refused.add(name)
        if news:
            log.warning(
                "the plan does not allow the output format %s; taking %s",
                name,
                self.best(streaming=streaming),
            )
        return True

"""The voices of an account, which many takes ask for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from takevoice import Voice, errors

CACHED = 300.0  # seconds
SLOW = 1.0  # seconds: an error that takes longer is one of the network, and would hold up every take
UNANSWERED = 30.0  # seconds for which such an error stands


class VoiceList:
    """Lists voices; used from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listed: tuple[float, Sequence[Voice]] | None = None
        self._failed: tuple[float, errors.BackendError] | None = None
        self._free: tuple[Sequence[Voice], frozenset[str]] = (), frozenset()

    def forget(self) -> None:
        """Ask again next time: another account may be in force."""
        with self._lock:
            self._listed = self._failed = None

    @property
    def free(self) -> frozenset[str]:
        """Ids and names of the voices that cost nothing, by the last list; a name that a paid voice has, too, is none."""
        with self._lock:
            listed = self._listed[1] if self._listed else ()
            if listed is not self._free[0]:
                paid = {name for voice in listed if not voice.free for name in (voice.id, voice.name)}
                found = {name for voice in listed if voice.free for name in (voice.id, voice.name)}
                self._free = listed, frozenset(found - paid)
            return self._free[1]

    def get(self, ask: Callable[[], Sequence[Voice]]) -> list[Voice]:
        """Return the voices, cached for five minutes, or while the API is busy.

        Raises:
            BackendError: they cannot be listed. A service that did not answer is not asked again for half a minute.
        """
        began = time.monotonic()
        with self._lock:
            if self._listed is not None and began - self._listed[0] < CACHED:
                return list(self._listed[1])
            if self._failed is not None and began - self._failed[0] < UNANSWERED:
                raise self._failed[1]
        try:
            voices = ask()
        except errors.BackendError as error:
            return self._instead(error, time.monotonic() - began)
        with self._lock:
            self._listed, self._failed = (time.monotonic(), voices), None
        return list(voices)

    def _instead(self, error: errors.BackendError, seconds: float) -> list[Voice]:
        """Return older voices where the API is busy; else raise the error, and remember a slow one."""
        with self._lock:
            if isinstance(error, errors.BackendBusy) and self._listed is not None:
                return list(self._listed[1])
            if seconds > SLOW:
                self._failed = time.monotonic(), error
        raise error

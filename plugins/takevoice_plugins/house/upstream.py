"""The service, with the one real key of the house. All methods block."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from takevoice import HistoryItem, SpeechToSpeech, errors
from takevoice_plugins.house.rows import Row
from takevoice_plugins.house.store import sync_open

_ONCE = {"max_retries": 0}  # the lane decides whether something is sent again
_PATH_PARAMETERS = ("voice_id",)


@dataclass(frozen=True)
class Sent:
    """What the service said with a whole answer."""

    request_id: str
    credits: float | None
    max_concurrent: int | None
    size: int


class Upstream:
    """Sends paid requests, and asks for what is free."""

    def __init__(self, find_key: Callable[[], str], base_url: str) -> None:
        """`find_key` returns the real key; it raises BackendUnavailable."""
        self._find_key, self._base_url = find_key, base_url
        self._lock = threading.Lock()
        self._client: tuple[str, SpeechToSpeech] | None = None

    def send(self, row: Row, upload: Path, part: Path, began: Callable[[], None], grew: Callable[[int], None]) -> Sent:
        """Send a request and write its answer to `part`, synced.

        Raises:
            BackendError: see its `billed`.
            OSError: the answer could not be written; it was billed.
        """
        client = self.client()
        parameters: dict[str, Any] = {name: value for name, value in row.request.items() if name not in _PATH_PARAMETERS}
        if parameters.get("file_format") == "other":
            del parameters["file_format"]
        send = client.stream if row.streaming else client.convert
        with send(row.request["voice_id"], audio=upload, request_options=_ONCE, **parameters).open() as stream:
            size = 0
            with part.open("wb") as file:
                began()
                for chunk in stream:
                    file.write(chunk)
                    file.flush()
                    size += len(chunk)
                    grew(size)
                sync_open(file)
            cost = stream.credits
            return Sent(stream.request_id, None if cost is None else float(cost), stream.max_concurrent, size)

    def history(self, since: float, until: float | None = None) -> list[HistoryItem]:
        """Return the conversions of the account since this Unix time, and until another one. Raises BackendError."""
        return self.client().history(since, until)

    def history_audio(self, item: str) -> bytes:
        """Return the audio of a conversion. Raises BackendError."""
        return self.client().history_audio(item)

    def get_json(self, path: str, query: dict[str, str]) -> Any:
        """Return what the service lists. Raises BackendError."""
        return self.client().get_json(path, query)

    def client(self) -> SpeechToSpeech:
        """Return the client for the current key. Raises BackendUnavailable."""
        key = self._find_key()
        with self._lock:
            if self._client is None or self._client[0] != key:
                self._client = key, SpeechToSpeech(key, base_url=self._base_url, wait_when_busy=False)
            return self._client[1]

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            if self._client is not None:
                self._client[1].close()
                self._client = None


def real_key() -> Callable[[], str]:
    """Return a function that finds the real key, in ELEVENLABS_API_KEY or the system keyring."""
    from takevoice_plugins.elevenlabs.keys import Keys

    keys = Keys()

    def find() -> str:
        found = keys.find()
        if found.key is None:
            raise errors.BackendPending(found.detail) if found.pending else errors.BackendUnavailable(found.detail)
        return found.key

    return find

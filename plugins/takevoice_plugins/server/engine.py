"""The interface of an engine for the server, and the local engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from takevoice import ConversionRequest, Job, State, Take, Voice, errors
from takevoice_plugins.local import NAME, Local

MODELS = {
    "eleven_multilingual_sts_v2": "Eleven Multilingual v2",
    "eleven_english_sts_v2": "Eleven English v2",
}
"""The models of the real service; the local engine accepts both."""


class Engine(Protocol):
    """Converts takes to other voices."""

    def voices(self) -> Sequence[Voice]:
        """Return the current voices, the default first."""

    def convert(self, request: ConversionRequest, take: Take) -> Iterator[bytes]:
        """Convert a take; yield encoded audio. Raises TakevoiceError."""


class LocalEngine:
    """The local backend, with the cloned voices in the state dir `state`."""

    def __init__(self, state: Path | None = None) -> None:
        self._local = Local(state)

    def voices(self) -> Sequence[Voice]:
        """Return all voices of the local backend."""
        return self._local.voices(NAME) or ()

    def convert(self, request: ConversionRequest, take: Take) -> Iterator[bytes]:
        """Convert a take; yield encoded audio. Raises TakevoiceError."""
        job = Job(0, take.path, State.CONVERTING, origin="server", backend=NAME)
        encoded = self._local.convert(job, request, take)
        if encoded is None:
            raise errors.BackendUnavailable("the local engine is unavailable")
        return encoded.chunks

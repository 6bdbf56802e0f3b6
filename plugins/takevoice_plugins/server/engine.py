"""What the server needs of an engine, and the local one as that."""

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
"""The names of the real service's models; the local engine answers for both."""


class Engine(Protocol):
    """Gives takes another voice."""

    def voices(self) -> Sequence[Voice]:
        """Those there are at the moment, the default first."""

    def convert(self, request: ConversionRequest, take: Take) -> Iterator[bytes]:
        """The take, encoded, as it is made. Raises TakevoiceError."""


class LocalEngine:
    """The local backend, with the voices that are made in the state dir `state`."""

    def __init__(self, state: Path | None = None) -> None:
        self._local = Local(state)

    def voices(self) -> Sequence[Voice]:
        """All its voices."""
        return self._local.voices(NAME) or ()

    def convert(self, request: ConversionRequest, take: Take) -> Iterator[bytes]:
        """The take, encoded, as it is made."""
        job = Job(0, take.path, State.CONVERTING, origin="server", backend=NAME)
        encoded = self._local.convert(job, request, take)
        if encoded is None:
            raise errors.BackendUnavailable("the local engine is not there")
        return encoded.chunks

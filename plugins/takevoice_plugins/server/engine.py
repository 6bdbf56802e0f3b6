"""The interface of an engine for the server, and the engines: the local one and the neural one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from takevoice import ConversionRequest, Encoded, Job, State, Take, Voice, errors
from takevoice_plugins.local import NAME as LOCAL
from takevoice_plugins.local import Local
from takevoice_plugins.neural import NAME as NEURAL
from takevoice_plugins.neural import Neural

MODELS = {
    "eleven_multilingual_sts_v2": "Eleven Multilingual v2",
    "eleven_english_sts_v2": "Eleven English v2",
}
"""The models of the real service; the engines accept both."""


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
        return self._local.voices(LOCAL) or ()

    def convert(self, request: ConversionRequest, take: Take) -> Iterator[bytes]:
        """Convert a take; yield encoded audio. Raises TakevoiceError."""
        return _chunks(self._local.convert(_job(take, LOCAL), request, take))


class NeuralEngine:
    """The neural backend, with the voices in the state dir `state` that have recordings."""

    def __init__(self, neural: Neural) -> None:
        self._neural = neural

    def voices(self) -> Sequence[Voice]:
        """Return all voices of the neural backend."""
        return self._neural.voices(NEURAL) or ()

    def convert(self, request: ConversionRequest, take: Take) -> Iterator[bytes]:
        """Convert a take; yield encoded audio. Raises TakevoiceError."""
        return _chunks(self._neural.convert(_job(take, NEURAL), request, take))


def engine_of(backend: str, state: Path) -> Engine:
    """Return the engine for a backend.

    Raises:
        BackendUnavailable: it lacks something; the message says what.
    """
    if backend == LOCAL:
        return LocalEngine(state)
    neural = Neural(state)
    (found,) = neural.backends()
    if not found.ready:
        raise errors.BackendUnavailable("the neural backend is not ready", hint=found.detail)
    return NeuralEngine(neural)


def _job(take: Take, backend: str) -> Job:
    return Job(0, take.path, State.CONVERTING, origin="server", backend=backend)


def _chunks(encoded: Encoded | None) -> Iterator[bytes]:
    if encoded is None:
        raise errors.BackendUnavailable("the engine is unavailable")
    return encoded.chunks

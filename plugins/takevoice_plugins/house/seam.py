"""Where the house's server meets whatever does its free conversions: its own threads, or workers on other machines.

All methods block and are called from threads. A conversion that goes this way costs nothing and may be done twice;
those that cost money never do.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from fastapi import APIRouter


CPU, GPU = "cpu", "gpu"
_ON_GPU = ("neural",)


def queue_of(backend: str) -> str:
    """Return the queue for the conversions of a backend."""
    return GPU if backend in _ON_GPU else CPU


class FarmUnavailable(Exception):
    """The farm cannot be reached now; the order stays in the house's ledger and is submitted again."""


@dataclass(frozen=True)
class Order:
    """A free conversion."""

    key: str  # the content key: 64 hexadecimal digits
    lease: str  # a random token that opens this one take for a worker, to read it and to answer
    queue: str  # "cpu" or "gpu"
    priority: int  # higher first: the negative start of the fair queue, in tenths of a second of audio
    backend: str  # "local" or "neural"
    request: Mapping[str, Any]  # ConversionRequest.model_dump(mode="json")
    sample_rate: int  # Hz, of the mono take
    frames: int


class Farm(Protocol):
    """Does free conversions."""

    def submit(self, order: Order) -> None:
        """Take an order; repeated, it is done once. Raises FarmUnavailable."""

    def cancel(self, key: str) -> None:
        """Drop an order that nothing waits for; one that is unknown or under way is no error."""

    def known(self, keys: Collection[str]) -> set[str]:
        """Return those of `keys` that wait or are under way here. Raises FarmUnavailable."""

    def serves(self, queue: str) -> bool:
        """Return False if orders of this queue would wait for a worker that is not there."""

    def close(self) -> None:
        """Stop; orders that are not answered are submitted again by the next server."""


class WorkerFarm(Farm, Protocol):
    """A farm whose workers are on other machines.

    A package offers one for databases of a scheme as an entry point of the group "takevoice.farm", named after the
    scheme: a function that gets the database's address, raises ConfigError if that is not valid, and returns a function
    that gets a FarmDesk and a folder for files of its own, and returns the farm.
    """

    def routes(self, admin: Sequence[Any]) -> APIRouter:
        """Return the routes for workers, and GET /house/v1/workers with the dependencies `admin`."""

    def workers(self) -> list[dict[str, Any]]:
        """Return the workers, as GET /house/v1/workers does."""


class FarmDesk(Protocol):
    """What the house's server offers to a farm."""

    def unfinished(self) -> Sequence[Order]:
        """Return the orders that are not answered, for the sweep."""

    def audio(self, key: str, lease: str) -> Path:
        """Return the mono take of an order (WAV or FLAC). Raises KeyError: it is unknown, answered, or another's."""

    def new_part(self, key: str) -> Path:
        """Return a new path for an answer that arrives, on the file system of the kept answers."""

    def began(self, key: str, lease: str, worker: str) -> None:
        """Note which worker has an order, for the overview."""

    def answered(self, key: str, lease: str, part: Path) -> bool:
        """Keep a whole answer (the part file is written and synced); False: another was first, or nothing waits for it."""

    def refused(self, key: str, lease: str, code: str, message: str, *, again: bool) -> None:
        """Note that the engine refuses the take (the client gets 400), or, with `again`, failed for good (500)."""

    def voice_file(self, voice_id: str) -> Path | None:
        """Return the file of a cloned voice, which a worker may not have; None for all other voices."""

    def recordings_file(self, voice_id: str) -> Path | None:
        """Return the recordings of a cloned voice, which the backend "neural" needs; None for a voice without."""

    def worker_of(self, token: str) -> str | None:
        """Return the name that belongs to a worker's token; None if the token is unknown or revoked."""

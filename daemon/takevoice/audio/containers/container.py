"""The protocol of a container: how takevoice recognizes, checks and copies one kind of audio file."""

from __future__ import annotations

import io
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

from takevoice.audio.containers.chunks import file_size
from takevoice.audio.containers.payload import ByteOrder, Payload
from takevoice.audio.containers.provenance import Provenance
from takevoice.settled import Completeness

COMPLETE = Completeness(True)
NO_SIZE = Completeness(False, "its header does not state the length yet")
NO_DATA = Completeness(False, "it contains no audio yet")


def fits(file: BinaryIO, end: int) -> Completeness:
    """Compare the size of an open file with the end of the audio according to its header."""
    size = file_size(file)
    if end <= size:
        return COMPLETE
    return Completeness(False, f"its header promises {end:,} bytes, the file has {size:,}")


class Container(ABC):
    """A kind of audio file. Subclasses have no state; `registry.CONTAINERS` holds one instance of each."""

    name: ClassVar[str]
    """The value of `Take.container`, as in soundfile."""
    variants: ClassVar[frozenset[str]] = frozenset()
    """Other values of `Take.container` that soundfile uses for the same container."""
    suffixes: ClassVar[frozenset[str]] = frozenset()
    """File name suffixes of takes, with the dot, in lower case."""
    stores_samples: ClassVar[bool] = True
    """True if PCM and float samples are stored as they are; False if the audio is always encoded."""
    seeks_exactly: ClassVar[bool] = True
    """False if libsndfile decodes other samples after a jump than without it."""
    byte_order: ClassVar[ByteOrder] = "little"
    """The byte order of samples in files for which soundfile reports the container's own."""
    max_size: ClassVar[int | None] = None
    """Bytes: the header of a larger file cannot state its length."""
    stand_in: ClassVar[str] = ""
    """The container of the same layout that libsndfile knows, if it does not know this one."""

    @abstractmethod
    def recognizes(self, head: bytes) -> bool:
        """Return True if a file that begins with these 16 bytes is in this container."""

    @abstractmethod
    def completeness(self, file: BinaryIO) -> Completeness:
        """Compare the header of an open file with its size, without decoding anything."""

    @abstractmethod
    def copy(self, source: BinaryIO, target: BinaryIO, payload: Payload, provenance: Provenance) -> None:
        """Write `source` to `target` with other audio and the provenance.

        `target` is empty and open for reading and writing: sizes in the header are filled in at the end.

        Raises:
            UnsupportedAudio: the file is built in a way that cannot be copied.
        """

    @abstractmethod
    def read_provenance(self, file: BinaryIO) -> Provenance | None:
        """Return the newest provenance stored in an open file, or None.

        Raises:
            UnsupportedAudio: the file is built in a way that cannot be read.
        """

    def open_stand_in(self, path: Path) -> io.RawIOBase | None:  # noqa: ARG002 - for subclasses
        """Open the file as one that libsndfile reads exactly; return None if it reads the file itself so.

        Raises:
            OSError: it cannot be read.
            UnsupportedAudio: it cannot be read exactly.
        """
        return None

    def encoding(self, path: Path) -> Mapping[str, Any]:  # noqa: ARG002 - for subclasses
        """Return the options of `soundfile.SoundFile` that encode as finely as the file is encoded."""
        return {}

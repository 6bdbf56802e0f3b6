"""The protocol of a container: how takevoice recognizes, checks and copies one kind of audio file."""

from __future__ import annotations

import io
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

from takevoice.audio.containers.chunks import Chunk, file_size
from takevoice.audio.containers.patched import Patch, PatchedFile
from takevoice.audio.containers.payload import ByteOrder, Payload
from takevoice.audio.containers.provenance import Provenance
from takevoice.settled import Completeness, Problem
from takevoice.system import place

COMPLETE = Completeness(True)
NO_SIZE = Completeness(False, "its header does not state the length yet", Problem.NO_AUDIO)
NO_DATA = Completeness(False, "it contains no audio yet", Problem.NO_AUDIO)
TO_THE_END = Completeness(False, "its header does not state the length yet", Problem.NO_LENGTH)
"""There is audio, but only the end of the file shows how much."""
_STREAMED = (
    range(0x7F000000, 0x7F000101),  # sox, AIFF
    range(0x7FFFEF00, 0x7FFFF001),  # sox, WAV
    range(0x7FFFFF00, 0x80000101),  # arecord, and programs that count in signed numbers
    range(0xFFFFFF00, 0x100000000),  # ffmpeg
)
"""Sizes of the audio that programs store which cannot go back to the header at the end, less what is rounded off."""


def fits(file: BinaryIO, end: int) -> Completeness:
    """Compare the size of an open file with the end of the audio according to its header."""
    size = file_size(file)
    if end <= size:
        return COMPLETE
    return Completeness(False, f"its header promises {end:,} bytes, the file has {size:,}")


def is_streamed(stored: int) -> bool:
    """Return True for a 32-bit size of the audio that means "to the end of the file"."""
    return any(stored in sizes for sizes in _STREAMED)


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
    needs_decoder: ClassVar[bool] = False
    """True if the user's ffmpeg reads it; its results are in another container."""
    video_suffixes: ClassVar[frozenset[str]] = frozenset()
    """Those of the suffixes that videos have, too: in folders, such files are taken only where that is configured."""

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

    def check(self, file: BinaryIO) -> None:  # noqa: ARG002 - for subclasses
        """Look for what would be lost or misread, though libsndfile reads the file.

        Raises:
            UnsupportedAudio: the file cannot be read as a whole, and what helps.
        """
        return

    def patches(self, file: BinaryIO) -> Sequence[Patch]:  # noqa: ARG002 - for subclasses
        """Return what has to be mended in an open file before libsndfile reads it right; nothing for most files."""
        return ()

    def subtype(self, path: Path) -> str:  # noqa: ARG002 - for subclasses
        """Return the value of `Take.subtype` of a file; empty if it is that of the stand-in."""
        return ""

    def start(self, path: Path) -> Fraction | None:  # noqa: ARG002 - for subclasses
        """Return when the take starts, in seconds since midnight, if that is not stored in what a result copies."""
        return None

    def wave_chunks(self, file: BinaryIO) -> Sequence[Chunk]:  # noqa: ARG002 - for subclasses
        """Return the chunks of an open file that a WAV can have, under the names they have there."""
        return ()

    def open_stand_in(self, path: Path) -> io.RawIOBase | None:
        """Open the file as libsndfile reads it right; return None if it can read the file itself.

        Raises:
            OSError: it cannot be read.
            UnsupportedAudio: it cannot be read exactly.
        """
        with place.open_file(path, "rb") as file:
            patches = self.patches(file)
        return PatchedFile(path, patches) if patches else None

    def jumps(self, path: Path) -> bool:  # noqa: ARG002 - for subclasses
        """Return True if libsndfile can go to any place of the file, and decodes the same samples there; raises OSError."""
        return self.seeks_exactly

    def encoding_gain(self, path: Path) -> float:  # noqa: ARG002 - for subclasses
        """Return the factor that makes up for an encoder that changes the level."""
        return 1.0

    def encoding(self, path: Path) -> Mapping[str, Any]:  # noqa: ARG002 - for subclasses
        """Return the options of `soundfile.SoundFile` that encode as finely as the file is encoded."""
        return {}

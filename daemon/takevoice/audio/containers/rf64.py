"""RF64 (EBU Tech 3306) and BW64 (ITU-R BS.2088): WAV whose sizes are 64-bit numbers in a chunk named ds64."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

from takevoice.audio.containers.chunks import SIZE_ELSEWHERE, Chunk, Part, StreamedChunk, file_size, heads
from takevoice.audio.containers.container import NO_DATA, NO_SIZE, Container, fits
from takevoice.audio.containers.payload import Payload
from takevoice.audio.containers.provenance import Provenance
from takevoice.audio.containers.riff import (
    LITTLE_ENDIAN,
    changed_chunks,
    provenance_in,
    riff_chunks,
    write_riff,
)
from takevoice.errors import UnsupportedAudio
from takevoice.settled import Completeness


class Rf64(Container):
    """RF64: files of any size."""

    name = "RF64"
    suffixes = frozenset({".rf64"})
    magic: ClassVar[bytes] = b"RF64"

    def recognizes(self, head: bytes) -> bool:
        """Return True for files of type WAVE with this container's first four bytes."""
        return head[:4] == self.magic and head[8:12] == b"WAVE"

    def completeness(self, file: BinaryIO) -> Completeness:
        """Compare the size of the audio, as stored in ds64, with the size of the file."""
        sizes = _ds64(file)
        if sizes is None or sizes[1] == 0:
            return NO_SIZE
        for name, start, length in heads(file, LITTLE_ENDIAN.framing):
            if name == b"data":
                return fits(file, start + (sizes[1] if length == SIZE_ELSEWHERE else length))
        return NO_DATA

    def copy(self, source: BinaryIO, target: BinaryIO, payload: Payload, provenance: Provenance) -> None:
        """Write a copy with the new sizes in ds64."""
        chunks, end = _chunks(source)
        parts = changed_chunks(source, chunks, payload, provenance, LITTLE_ENDIAN)
        size = write_riff(source, target, LITTLE_ENDIAN, parts, end)
        _write_ds64(target, size, parts)

    def read_provenance(self, file: BinaryIO) -> Provenance | None:
        """Return the provenance in the iXML."""
        chunks, _ = _chunks(file)
        return provenance_in(file, chunks, LITTLE_ENDIAN)


class Bw64(Rf64):
    """BW64: RF64 under a newer name, which libsndfile does not know."""

    name = "BW64"
    suffixes = frozenset()
    magic = b"BW64"
    stand_in = "RF64"

    def open_stand_in(self, path: Path) -> io.RawIOBase:
        """Open the file so that it reads as RF64."""
        return _AsRf64(path)


def _ds64(file: BinaryIO) -> tuple[int, int] | None:
    """Return the sizes of the RIFF and of the audio, or None if ds64 is not the first chunk."""
    file.seek(12)
    name, _, riff_size, data_size = struct.unpack("<4sIQQ", file.read(24).ljust(24, b"\0"))
    return (riff_size, data_size) if name == b"ds64" else None


def _chunks(source: BinaryIO) -> tuple[Sequence[Chunk], int]:
    size, sizes = file_size(source), _ds64(source)
    if sizes is None:
        return riff_chunks(source, LITTLE_ENDIAN, size)
    riff_size, data_size = sizes
    return riff_chunks(source, LITTLE_ENDIAN, min(size, 8 + riff_size), {b"data": data_size})


def _write_ds64(target: BinaryIO, riff_size: int, parts: Sequence[Part]) -> None:
    target.seek(LITTLE_ENDIAN.framing.start)
    name, _ = LITTLE_ENDIAN.framing.head.unpack(target.read(8))
    if name != b"ds64":
        raise UnsupportedAudio("has no ds64 chunk at its beginning")
    audio = (part for part in parts if isinstance(part, StreamedChunk) and part.name == b"data")
    data_size = next((part.size for part in audio), 0)
    target.write(struct.pack("<QQ", riff_size, data_size))


class _AsRf64(io.FileIO):
    """A BW64 file with the first four bytes of RF64: the layout is the same."""

    def readinto(self, buffer: Any) -> int:
        at = self.tell()
        count = super().readinto(buffer)
        if at < 4 and count:
            view = memoryview(buffer).cast("B")
            for place in range(at, min(4, at + count)):
                view[place - at] = b"RF64"[place]
        return count

    def read(self, size: int | None = -1) -> bytes:
        at = self.tell()
        data = super().read(-1 if size is None else size)
        return b"RF64"[at:4] + data[4 - at :] if at < 4 and len(data) >= 4 - at else data

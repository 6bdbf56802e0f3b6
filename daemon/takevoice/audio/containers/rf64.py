"""RF64 (EBU Tech 3306) and BW64 (ITU-R BS.2088): WAV whose sizes are 64-bit numbers in a chunk named ds64."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import BinaryIO, ClassVar

from takevoice.audio.containers.chunks import SIZE_ELSEWHERE, Chunk, Part, StreamedChunk, TrueSize, file_size
from takevoice.audio.containers.container import NO_DATA, NO_SIZE, TO_THE_END, Container, fits, is_streamed
from takevoice.audio.containers.patched import Patch
from takevoice.audio.containers.payload import Payload
from takevoice.audio.containers.provenance import Provenance
from takevoice.audio.containers.riff import (
    LITTLE_ENDIAN,
    audio_place,
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
        audio = audio_place(file, LITTLE_ENDIAN)
        if audio is None:
            return NO_DATA
        sizes = _ds64(file)
        if sizes is None:
            return NO_SIZE
        size = _stated_size(sizes, audio[1])
        if size is None:
            return TO_THE_END if file_size(file) > audio[0] else NO_DATA
        return fits(file, audio[0] + size)

    def patches(self, file: BinaryIO) -> Sequence[Patch]:
        """Return the sizes that libsndfile needs: that of the audio in ds64, where the header does not state it."""
        sizes, audio = _ds64(file), audio_place(file, LITTLE_ENDIAN)
        if sizes is None or audio is None or _stated_size(sizes, audio[1]) is not None:
            return []
        end = file_size(file)
        return [(20, struct.pack("<QQ", end - 8, end - audio[0]))]

    def copy(self, source: BinaryIO, target: BinaryIO, payload: Payload, provenance: Provenance) -> None:
        """Write a copy with the new sizes in ds64."""
        chunks, end = _chunks(source)
        parts = changed_chunks(source, chunks, payload, provenance, LITTLE_ENDIAN)
        size = write_riff(source, target, LITTLE_ENDIAN, parts, end)
        _write_ds64(target, size, parts)

    def wave_chunks(self, file: BinaryIO) -> Sequence[Chunk]:
        """Return all chunks."""
        return _chunks(file)[0]

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

    def patches(self, file: BinaryIO) -> Sequence[Patch]:
        """Return what makes the file read as RF64: the layout is the same."""
        return [(0, b"RF64"), *super().patches(file)]


def _ds64(file: BinaryIO) -> tuple[int, int] | None:
    """Return the sizes of the RIFF and of the audio, or None if ds64 is not the first chunk."""
    file.seek(12)
    name, _, riff_size, data_size = struct.unpack("<4sIQQ", file.read(24).ljust(24, b"\0"))
    return (riff_size, data_size) if name == b"ds64" else None


def _stated_size(sizes: tuple[int, int], stored: int) -> int | None:
    """Return the size of the audio: that in ds64, or where it is 0, the one in the chunk itself; None if neither states it.

    Some programs have other numbers than FFFFFFFF in the chunk; all readers use that in ds64.
    """
    if 0 < sizes[1] < 1 << 62:
        return sizes[1]
    return None if stored == 0 or is_streamed(stored) else stored


def _chunks(source: BinaryIO) -> tuple[Sequence[Chunk], int]:
    sizes, audio = _ds64(source), audio_place(source, LITTLE_ENDIAN)
    if sizes is None or audio is None:
        return riff_chunks(source, LITTLE_ENDIAN, None)
    size = _stated_size(sizes, audio[1])
    size = file_size(source) - audio[0] if size is None else size
    field = size if audio[1] == size else SIZE_ELSEWHERE
    return riff_chunks(source, LITTLE_ENDIAN, 8 + sizes[0], {b"data": TrueSize(size, field)})


def _write_ds64(target: BinaryIO, riff_size: int, parts: Sequence[Part]) -> None:
    target.seek(LITTLE_ENDIAN.framing.start)
    name, _ = LITTLE_ENDIAN.framing.head.unpack(target.read(8))
    if name != b"ds64":
        raise UnsupportedAudio("has no ds64 chunk at its beginning")
    audio = (part for part in parts if isinstance(part, StreamedChunk) and part.name == b"data")
    data_size = next((part.size for part in audio), 0)
    target.write(struct.pack("<QQ", riff_size, data_size))

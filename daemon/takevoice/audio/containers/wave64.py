"""Wave64 (Sony): chunks named by GUIDs, with 64-bit sizes."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import replace
from typing import BinaryIO

from takevoice.audio.containers.chunks import (
    Chunk,
    Framing,
    copy_rest,
    copy_start,
    end_of,
    file_size,
    heads,
    is_printable,
    walk,
    write_chunks,
)
from takevoice.audio.containers.container import NO_DATA, NO_SIZE, TO_THE_END, Container, fits
from takevoice.audio.containers.payload import Payload
from takevoice.audio.containers.provenance import Provenance
from takevoice.audio.containers.riff import Dialect, changed_chunks, provenance_in
from takevoice.settled import Completeness

_MAGIC = b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00"
# libsndfile treats everything that follows the audio as audio.
DIALECT = Dialect(
    Framing(40, struct.Struct("<16sQ"), 8, counted=24),
    name_end=b"\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a",
    junk=b"junk",
    ixml_last=False,
)


class Wave64(Container):
    """Wave64."""

    name = "W64"
    suffixes = frozenset({".w64"})

    def recognizes(self, head: bytes) -> bool:
        """Return True if the file begins with the GUID of Wave64."""
        return head == _MAGIC

    def completeness(self, file: BinaryIO) -> Completeness:
        """Compare the chunk of the audio with the size of the file."""
        for name, start, length in heads(file, DIALECT.framing):
            if name == DIALECT.name(b"data"):
                if _is_unknown(length):
                    return TO_THE_END if file_size(file) > start else NO_SIZE
                return fits(file, start + length)
            if length < 0:
                return NO_SIZE
        return NO_DATA

    def copy(self, source: BinaryIO, target: BinaryIO, payload: Payload, provenance: Provenance) -> None:
        """Write a copy with the new size in its header."""
        chunks = walk(source, DIALECT.framing)
        parts = changed_chunks(source, chunks, payload, provenance, DIALECT)
        copy_start(source, target, DIALECT.framing)
        write_chunks(source, target, DIALECT.framing, parts)
        size = target.tell()
        copy_rest(source, target, end_of(chunks, DIALECT.framing))
        target.seek(16)
        target.write(struct.pack("<Q", size))

    def wave_chunks(self, file: BinaryIO) -> Sequence[Chunk]:
        """Return the chunks whose names are four characters, the others being Wave64's own."""
        end = DIALECT.name_end
        found = (chunk for chunk in walk(file, DIALECT.framing) if chunk.name.endswith(end))
        return [replace(chunk, name=chunk.name.removesuffix(end)) for chunk in found if is_printable(chunk.name[:4])]

    def read_provenance(self, file: BinaryIO) -> Provenance | None:
        """Return the provenance in the iXML."""
        return provenance_in(file, walk(file, DIALECT.framing), DIALECT)


def _is_unknown(length: int) -> bool:
    """Return True for the size of audio that extends to the end of the file: ffmpeg stores -1 in a pipe."""
    return length <= 0 or length >= 1 << 62

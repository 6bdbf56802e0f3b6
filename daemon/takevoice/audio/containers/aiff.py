"""AIFF and AIFF-C (Apple 1989, 1991)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import BinaryIO

from takevoice.audio.containers.chunks import (
    SIZE_ELSEWHERE,
    Chunk,
    CopiedChunk,
    Framing,
    NewChunk,
    Part,
    copy_start,
    file_size,
    heads,
    read_content,
    rename,
    walk,
    write_chunks,
)
from takevoice.audio.containers.container import NO_DATA, NO_SIZE, Container, fits
from takevoice.audio.containers.payload import Payload, replace_audio
from takevoice.audio.containers.provenance import KEY, Provenance
from takevoice.settled import Completeness

FRAMING = Framing(12, struct.Struct(">4sI"), 2)
OUTDATED = (b"PEAK",)
_ANNOTATION = f"{KEY}=".encode()
_LEAD = 8  # bytes: SSND begins with an offset and a block size


class Aiff(Container):
    """AIFF and AIFF-C."""

    name = "AIFF"
    suffixes = frozenset({".aif", ".aiff", ".aifc"})
    byte_order = "big"

    def recognizes(self, head: bytes) -> bool:
        """Return True for forms of type AIFF or AIFC."""
        return head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC")

    def completeness(self, file: BinaryIO) -> Completeness:
        """Compare the chunk of the audio with the size of the file."""
        for name, start, length in heads(file, FRAMING):
            if name == b"SSND":
                return NO_SIZE if length in (0, SIZE_ELSEWHERE) else fits(file, start + length)
        return NO_DATA

    def copy(self, source: BinaryIO, target: BinaryIO, payload: Payload, provenance: Provenance) -> None:
        """Write a copy with the provenance in an annotation."""
        chunks = walk(source, FRAMING, file_size(source))
        lead = _LEAD + _offset(source, chunks)
        audio = replace_audio(source, chunks, payload, FRAMING, b"SSND", {b"COMM"}, lead)
        parts: list[Part] = [
            rename(part, b"JUNK") if isinstance(part, CopiedChunk) and part.name in OUTDATED else part
            for part in audio
        ]
        parts.append(NewChunk(b"ANNO", _ANNOTATION + provenance.as_json().encode()))
        copy_start(source, target, FRAMING)
        write_chunks(source, target, FRAMING, parts)
        size = target.tell() - 8
        target.seek(4)
        target.write(struct.pack(">I", size))

    def read_provenance(self, file: BinaryIO) -> Provenance | None:
        """Return the provenance in the last annotation that has one."""
        for chunk in reversed(walk(file, FRAMING, file_size(file))):
            text = read_content(file, chunk) if chunk.name == b"ANNO" else None
            if text is not None and text.startswith(_ANNOTATION):
                return Provenance.of_json(text.removeprefix(_ANNOTATION).decode("utf-8", "replace"))
        return None


def _offset(source: BinaryIO, chunks: Sequence[Chunk]) -> int:
    """Return the number of bytes that some programs insert before the first frame, to align it."""
    audio = next((chunk for chunk in chunks if chunk.name == b"SSND"), None)
    if audio is None:
        return 0
    source.seek(audio.start)
    return int.from_bytes(source.read(4), "big")

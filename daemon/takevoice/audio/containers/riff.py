"""The chunks that WAV, RF64, BW64 and Wave64 have in common."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from takevoice.audio.containers import broadcast
from takevoice.audio.containers.chunks import (
    Chunk,
    CopiedChunk,
    Framing,
    NewChunk,
    Part,
    TrueSize,
    copy_rest,
    copy_start,
    end_of,
    heads,
    read_content,
    rename,
    walk,
    write_chunks,
)
from takevoice.audio.containers.payload import Payload, replace_audio
from takevoice.audio.containers.provenance import Provenance
from takevoice.errors import UnsupportedAudio

OUTDATED = (b"PEAK", b"levl", b"MD5 ", b"umid", b"elm1")
"""Chunks that describe the audio that was there before."""


@dataclass(frozen=True)
class Dialect:
    """How a member of the family writes its chunks."""

    framing: Framing
    name_end: bytes = b""  # what follows the four characters of a chunk's name
    junk: bytes = b"JUNK"  # the name of chunks that readers skip
    ixml_last: bool = True  # False: a new iXML chunk is placed before the audio

    def name(self, fourcc: bytes) -> bytes:
        """Return the full name of a chunk."""
        return fourcc + self.name_end


LITTLE_ENDIAN = Dialect(Framing(12, struct.Struct("<4sI"), 2))
BIG_ENDIAN = Dialect(Framing(12, struct.Struct(">4sI"), 2))


def riff_chunks(
    source: BinaryIO, dialect: Dialect, end: int | None, sizes: Mapping[bytes, TrueSize] | None = None
) -> tuple[list[Chunk], int]:
    """Return the chunks, and the position behind them: what follows there belongs to no chunk.

    `end` is that position as the header states it, which counts only where a chunk ends there.
    """
    chunks = walk(source, dialect.framing, end, sizes, dialect.name(b"data"))
    return chunks, end_of(chunks, dialect.framing)


def audio_place(file: BinaryIO, dialect: Dialect) -> tuple[int, int] | None:
    """Return the position of the audio and its size as stored; None if there is no chunk with audio."""
    name = dialect.name(b"data")
    found = (place for each, *place in heads(file, dialect.framing) if each == name)
    start, size = next(found, (0, 0))
    return (start, size) if start else None


def changed_chunks(
    source: BinaryIO,
    chunks: Sequence[Chunk],
    payload: Payload,
    provenance: Provenance | None,
    dialect: Dialect,
) -> list[Part]:
    """Return the chunks of a copy with new audio, and with the provenance in bext and iXML."""
    name = dialect.name
    audio = replace_audio(
        source, chunks, payload, dialect.framing, name(b"data"), {name(b"fmt "), name(b"fact")}
    )
    parts = [_updated(source, part, payload, provenance, dialect) for part in audio]
    return parts if provenance is None else _with_provenance(source, parts, provenance, dialect)


def _updated(
    source: BinaryIO, part: Part, payload: Payload, provenance: Provenance | None, dialect: Dialect
) -> Part:
    """Return the part without descriptions of the old audio."""
    if not isinstance(part, CopiedChunk):
        return part
    if part.name in {dialect.name(fourcc) for fourcc in OUTDATED}:
        return rename(part, dialect.junk + dialect.name_end)
    bext = read_content(source, part.chunk) if part.name == dialect.name(b"bext") else None
    if bext is not None:
        return NewChunk(part.name, broadcast.updated_bext(bext, payload, provenance))
    return part


def _with_provenance(
    source: BinaryIO, parts: list[Part], provenance: Provenance, dialect: Dialect
) -> list[Part]:
    """Return the parts with the provenance in the first iXML chunk, or in a new one."""
    name = dialect.name(b"iXML")
    for number, part in enumerate(parts):
        ixml = (
            read_content(source, part.chunk) if isinstance(part, CopiedChunk) and part.name == name else None
        )
        extended = None if ixml is None else broadcast.extended_ixml(ixml, provenance)
        if extended is not None:
            return [*parts[:number], NewChunk(name, extended), *parts[number + 1 :]]
    place = _ixml_place(parts, dialect)
    return [*parts[:place], NewChunk(name, broadcast.new_ixml(provenance)), *parts[place:]]


def _ixml_place(parts: Sequence[Part], dialect: Dialect) -> int:
    if dialect.ixml_last:
        return len(parts)
    data = dialect.name(b"data")
    place = next((number for number, part in enumerate(parts) if part.name == data), None)
    if place is None:
        raise UnsupportedAudio("has no chunk with audio")
    return place


def write_riff(source: BinaryIO, target: BinaryIO, dialect: Dialect, parts: Sequence[Part], end: int) -> int:
    """Write a copy with the data behind the RIFF, and return the size of its RIFF in bytes."""
    copy_start(source, target, dialect.framing)
    write_chunks(source, target, dialect.framing, parts)
    size = target.tell() - 8
    copy_rest(source, target, end)
    return size


def provenance_in(source: BinaryIO, chunks: Sequence[Chunk], dialect: Dialect) -> Provenance | None:
    """Return the newest provenance: the last element of the last iXML chunk that has any."""
    for chunk in reversed(chunks):
        ixml = read_content(source, chunk) if chunk.name == dialect.name(b"iXML") else None
        if ixml is not None and broadcast.has_element(ixml):
            return broadcast.provenance_in_ixml(ixml)
    return None

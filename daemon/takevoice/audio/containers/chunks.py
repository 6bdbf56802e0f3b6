"""Files made of consecutive chunks (RIFF and its relatives, Wave64, AIFF, CAF): read and rewritten, never decoded.

Files may be damaged or hostile: every size is checked against the file before anything is read.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import BinaryIO

from takevoice.errors import UnsupportedAudio

MAX_CHUNKS = 10_000
MAX_EDITED = 1 << 24  # bytes: a larger chunk is copied but never edited
BLOCK = 1 << 20  # bytes
SIZE_ELSEWHERE = 0xFFFFFFFF
"""The size field of a chunk whose size is stored in another chunk (RF64)."""


@dataclass(frozen=True)
class Framing:
    """How a family of formats frames its chunks."""

    start: int  # bytes before the first chunk
    head: struct.Struct  # name and size of a chunk
    alignment: int  # bytes: each chunk begins at a multiple of this
    counted: int = 0  # bytes of the head that are included in the size


@dataclass(frozen=True)
class Chunk:
    """A chunk of a file: the position of its content, and its sizes, in bytes."""

    name: bytes
    start: int
    size: int
    size_field: int  # the size as stored in the head
    padded: bool = True  # False for a last chunk without its padding, as some programs write it

    @property
    def stop(self) -> int:
        """The position after the content, before any padding."""
        return self.start + self.size


@dataclass(frozen=True)
class CopiedChunk:
    """A chunk of the original, possibly under another name."""

    chunk: Chunk
    name: bytes


@dataclass(frozen=True)
class NewChunk:
    """A chunk with new content."""

    name: bytes
    content: bytes


@dataclass(frozen=True)
class StreamedChunk:
    """A chunk whose content arrives in blocks of `size` bytes in total."""

    name: bytes
    size: int
    blocks: Iterable[bytes]
    replaces: Chunk | None = None  # an original chunk of the same size


Part = CopiedChunk | NewChunk | StreamedChunk


def heads(file: BinaryIO, framing: Framing) -> Iterator[tuple[bytes, int, int]]:
    """Yield (name, position of the content, size of the content as stored) of each chunk.

    Ends before an incomplete head, and after a chunk of negative size.
    """
    at, size = framing.start, file_size(file)
    for _ in range(MAX_CHUNKS):
        if at > size:
            return
        file.seek(at)
        raw = file.read(framing.head.size)
        if len(raw) < framing.head.size:
            return
        name, stored = framing.head.unpack(raw)
        start, length = at + framing.head.size, stored - framing.counted
        yield name, start, length
        if length < 0:
            return
        at = start + length + -(length + framing.counted) % framing.alignment


def walk(file: BinaryIO, framing: Framing, end: int, sizes: Mapping[bytes, int] | None = None) -> list[Chunk]:
    """Return the chunks before `end`; `sizes` holds those sizes that are stored elsewhere (RF64).

    A last chunk with a size beyond the end stops at the end.
    """
    found: list[Chunk] = []
    at = framing.start
    while at + framing.head.size <= end and len(found) < MAX_CHUNKS:
        file.seek(at)
        name, stored = framing.head.unpack(file.read(framing.head.size))
        elsewhere = stored == SIZE_ELSEWHERE and sizes is not None and name in sizes
        size = sizes[name] if sizes and elsewhere else stored - framing.counted
        start = at + framing.head.size
        if not 0 <= size <= end - start:
            size, elsewhere = end - start, False
        at = start + size + -(size + framing.counted) % framing.alignment
        size_field = stored if elsewhere else size + framing.counted
        found.append(Chunk(name, start, size, size_field, padded=at <= end))
    return found


def read_content(file: BinaryIO, chunk: Chunk) -> bytes | None:
    """Return the content of a chunk, or None if it is too large to be edited."""
    if chunk.size > MAX_EDITED:
        return None
    file.seek(chunk.start)
    return file.read(chunk.size)


def read_range(file: BinaryIO, start: int, stop: int) -> Iterator[bytes]:
    """Yield the bytes between two positions in blocks."""
    while start < stop:
        file.seek(start)
        block = file.read(min(BLOCK, stop - start))
        if not block:
            return
        start += len(block)
        yield block


def write_chunks(source: BinaryIO, target: BinaryIO, framing: Framing, parts: Iterable[Part]) -> None:
    """Write the parts at the current position of `target`.

    Raises:
        UnsupportedAudio: a chunk is too large for its size field.
    """
    parts = list(parts)
    for part in parts:
        name, size = part.name, _size(part)
        try:
            target.write(framing.head.pack(name, _size_field(part, size + framing.counted)))
        except struct.error as error:
            raise UnsupportedAudio("has a chunk that is too large for its container") from error
        written = 0
        for block in _blocks(source, part):
            target.write(block)
            written += len(block)
        if written != size:
            raise UnsupportedAudio(f"has changed while it was copied ({written} of {size} bytes)")
        if part is not parts[-1] or _is_padded(part):
            target.write(bytes(-(size + framing.counted) % framing.alignment))


def copy_start(source: BinaryIO, target: BinaryIO, framing: Framing) -> None:
    """Copy the bytes before the first chunk."""
    source.seek(0)
    target.write(source.read(framing.start))


def _size(part: Part) -> int:
    if isinstance(part, CopiedChunk):
        return part.chunk.size
    return part.size if isinstance(part, StreamedChunk) else len(part.content)


def _size_field(part: Part, size: int) -> int:
    if isinstance(part, CopiedChunk):
        return part.chunk.size_field
    return size if isinstance(part, NewChunk) or part.replaces is None else part.replaces.size_field


def _is_padded(part: Part) -> bool:
    if isinstance(part, CopiedChunk):
        return part.chunk.padded
    return isinstance(part, NewChunk) or part.replaces is None or part.replaces.padded


def _blocks(source: BinaryIO, part: Part) -> Iterable[bytes]:
    if isinstance(part, CopiedChunk):
        return read_range(source, part.chunk.start, part.chunk.stop)
    return part.blocks if isinstance(part, StreamedChunk) else (part.content,)


def total_size(framing: Framing, parts: Iterable[Part]) -> int:
    """Return the number of bytes that `write_chunks` writes for the parts."""
    sizes = [_size(part) + framing.counted for part in parts]
    return sum(framing.head.size - framing.counted + size + -size % framing.alignment for size in sizes)


def rename(part: CopiedChunk, name: bytes) -> CopiedChunk:
    """Return the chunk under a name that makes readers skip it."""
    return replace(part, name=name)


def file_size(file: BinaryIO) -> int:
    """Return the size of an open file in bytes."""
    return os.fstat(file.fileno()).st_size

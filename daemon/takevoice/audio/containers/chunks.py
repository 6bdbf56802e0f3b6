"""Files made of chunks, one after the other: RIFF and its kin, Wave64, AIFF, CAF. Walked and rewritten, never decoded.

Sizes come from strangers: each is checked against the file before anything is read.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from takevoice.errors import UnsupportedAudio

MAX_CHUNKS = 10_000
MAX_EDITED = 1 << 24  # bytes of a chunk that is looked into; a larger one is copied as it is
COPY = 1 << 20
UNTOLD = 0xFFFFFFFF
"""The size of a chunk whose true size stands elsewhere (RF64)."""


@dataclass(frozen=True)
class Framing:
    """How the chunks of a family are framed."""

    start: int  # bytes before the first chunk
    head: struct.Struct  # a chunk's name and size
    pad: int  # chunks begin at multiples of this
    own: int = 0  # bytes of the head that the size counts too


@dataclass(frozen=True)
class Chunk:
    """A chunk of a file: where its head begins, and where and how long its content is, in bytes."""

    name: bytes
    begin: int
    start: int
    size: int
    told: int  # the size as its head has it
    padded: bool = True  # False for a last one whose padding is missing, as some writers have it

    @property
    def stop(self) -> int:
        """Behind the content, before any padding."""
        return self.start + self.size


@dataclass(frozen=True)
class Copied:
    """A chunk as it is in the original, maybe under another name."""

    chunk: Chunk
    name: bytes


@dataclass(frozen=True)
class Made:
    """A chunk of new content."""

    name: bytes
    content: bytes


@dataclass(frozen=True)
class Streamed:
    """A chunk whose content comes in blocks; all together must be `size` bytes."""

    name: bytes
    size: int
    blocks: Iterable[bytes]
    like: Chunk | None = None  # the chunk in whose place it comes


Part = Copied | Made | Streamed


def walk(file: BinaryIO, framing: Framing, end: int, sizes: dict[bytes, int] | None = None) -> list[Chunk]:
    """The chunks up to `end`; `sizes` has those that the chunk itself does not tell (RF64).

    A last chunk that promises more than there is ends with the file.
    """
    found: list[Chunk] = []
    at = framing.start
    while at + framing.head.size <= end and len(found) < MAX_CHUNKS:
        file.seek(at)
        name, told = framing.head.unpack(file.read(framing.head.size))
        elsewhere = told == UNTOLD and sizes is not None and name in sizes
        size = sizes[name] if sizes and elsewhere else told - framing.own
        start = at + framing.head.size
        if not 0 <= size <= end - start:
            size, elsewhere = end - start, False
        at_next = start + size + -(size + framing.own) % framing.pad
        found.append(Chunk(name, at, start, size, told if elsewhere else size + framing.own, at_next <= end))
        at = at_next
    return found


def content(file: BinaryIO, chunk: Chunk) -> bytes | None:
    """What is in the chunk; None when it is too large to be looked into."""
    if chunk.size > MAX_EDITED:
        return None
    file.seek(chunk.start)
    return file.read(chunk.size)


def stretch(file: BinaryIO, start: int, stop: int) -> Iterator[bytes]:
    """The bytes between two places, in blocks."""
    while start < stop:
        file.seek(start)
        block = file.read(min(COPY, stop - start))
        if not block:
            return
        start += len(block)
        yield block


def write(source: BinaryIO, target: BinaryIO, framing: Framing, parts: Iterable[Part]) -> None:
    """Writes the parts at the place where `target` stands.

    Raises:
        UnsupportedAudio: a chunk is too large for its size field.
    """
    parts = list(parts)
    for part in parts:
        name, size = part.name, _size(part)
        try:
            target.write(framing.head.pack(name, _told(part, size + framing.own)))
        except struct.error as error:
            raise UnsupportedAudio("has a chunk that is too large for its container") from error
        written = 0
        for block in _blocks(source, part):
            target.write(block)
            written += len(block)
        if written != size:
            raise UnsupportedAudio(f"has changed while it was copied ({written} of {size} bytes)")
        if part is not parts[-1] or _padded(part):
            target.write(bytes(-(size + framing.own) % framing.pad))


def _size(part: Part) -> int:
    if isinstance(part, Copied):
        return part.chunk.size
    return part.size if isinstance(part, Streamed) else len(part.content)


def _told(part: Part, size: int) -> int:
    if isinstance(part, Copied):
        return part.chunk.told
    return size if isinstance(part, Made) or part.like is None else part.like.told


def _padded(part: Part) -> bool:
    if isinstance(part, Copied):
        return part.chunk.padded
    return isinstance(part, Made) or part.like is None or part.like.padded


def _blocks(source: BinaryIO, part: Part) -> Iterable[bytes]:
    if isinstance(part, Copied):
        return stretch(source, part.chunk.start, part.chunk.stop)
    return part.blocks if isinstance(part, Streamed) else (part.content,)


def total(framing: Framing, parts: Iterable[Part]) -> int:
    """The bytes that the parts take."""
    sizes = (framing.head.size + _size(part) for part in parts)
    return sum(size + -(size - framing.head.size + framing.own) % framing.pad for size in sizes)


def renamed(part: Copied, name: bytes) -> Copied:
    """The same under another name: readers that do not know it pass over it."""
    return replace(part, name=name)


def length(file: BinaryIO) -> int:
    """The size of an open file in bytes."""
    return os.fstat(file.fileno()).st_size

"""Files made of consecutive chunks (RIFF and its relatives, Wave64, AIFF, CAF): read and rewritten, never decoded.

Files may be damaged or hostile: every size is checked against the file before anything is read.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO

from takevoice.errors import UnsupportedAudio

MAX_CHUNKS = 10_000
MAX_EDITED = 1 << 24  # bytes: a larger chunk is copied but never edited
BLOCK = 1 << 20  # bytes
SIZE_ELSEWHERE = 0xFFFFFFFF
"""The size field of a chunk whose size is stored in another chunk (RF64)."""
KNOWN = frozenset(
    (
        b"fmt |fact|data|LIST|list|INFO|JUNK|junk|Fake|FLLR|PAD |bext|iXML|axml|bxml|sxml|chna|cart|levl|link|umid|qlty|mext|"
        b"cue |plst|smpl|inst|acid|strc|wavl|slnt|note|labl|ltxt|disp|DISP|PEAK|MD5 |elm1|elmo|minf|regn|DGDA|ovwf|_PMX|XMP |"
        b"id3 |ID3 |afsp|tlst|cset|ResU|bmrk|SAUR|AFAn|LGWV|logc|aXML|r64m|ds64|"
        b"COMM|SSND|FVER|MARK|INST|COMT|NAME|AUTH|(c) |ANNO|AESD|MIDI|APPL|CHAN|basc|trns|cate"
    ).split(b"|")
)
"""Names of chunks that are in use in WAV and AIFF files."""


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
    size_field: int  # the size to store in the head of a copy
    padding: bytes = b""  # what follows the content up to the next chunk, as it is in the file

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


@dataclass(frozen=True)
class TrueSize:
    """The size of a chunk whose head does not state it, and what the head of a copy states."""

    size: int  # bytes
    size_field: int


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
        at = start + length + len(padding_at(file, framing, start, length))


def walk(
    file: BinaryIO,
    framing: Framing,
    end: int | None = None,
    sizes: Mapping[bytes, TrueSize] | None = None,
    audio: bytes = b"",
) -> list[Chunk]:
    """Return the chunks of a file.

    `end` is where the chunks end as the file states it. Where that is in the middle of a chunk, before the chunk named
    `audio`, or beyond the end of the file, it is wrong, and the chunks are followed for as long as there are any. `sizes`
    holds those sizes that the head of a chunk does not state. A last chunk with a size beyond the end of the file stops
    there. Behind the chunk named `audio`, bytes that are no chunk end the walk.
    """
    found: list[Chunk] = []
    at, size = framing.start, file_size(file)
    searching = bool(audio)
    while at + framing.head.size <= size and len(found) < MAX_CHUNKS:
        if audio and not searching and (_is_end(end, found) or not is_chunk(file, framing, at, size)):
            break
        file.seek(at)
        name, stored = framing.head.unpack(file.read(framing.head.size))
        chunk = _chunk(file, framing, name, stored, at + framing.head.size, size, sizes or {})
        found.append(chunk)
        searching = searching and name != audio
        at = chunk.stop + len(chunk.padding)
    return found


def _chunk(
    file: BinaryIO,
    framing: Framing,
    name: bytes,
    stored: int,
    start: int,
    end: int,
    sizes: Mapping[bytes, TrueSize],
) -> Chunk:
    size, size_field = stored - framing.counted, stored
    if name in sizes:
        size, size_field = sizes[name].size, sizes[name].size_field
    if not 0 <= size <= end - start:
        size = end - start
        size_field = size + framing.counted
    return Chunk(name, start, size, size_field, padding_at(file, framing, start, size))


def _is_end(end: int | None, found: Sequence[Chunk]) -> bool:
    """Return True if the stated end is that of the last chunk, with its padding or without."""
    last = found[-1]
    return end is not None and last.stop <= end <= last.stop + len(last.padding)


def is_chunk(file: BinaryIO, framing: Framing, at: int, end: int) -> bool:
    """Return True if a chunk begins at a position: a name of printable characters, and a size that fits.

    A chunk with a known name may be cut off by the end of the file; one with a strange name has to be followed by
    another chunk, or by the end.
    """
    if framing.alignment not in (1, 2):
        return True  # the names of Wave64 are GUIDs
    file.seek(at)
    raw = file.read(framing.head.size)
    if len(raw) < framing.head.size:
        return False
    name, size = framing.head.unpack(raw)
    if name in KNOWN:
        return True
    start = at + framing.head.size
    if not 0 <= size <= end - start:
        return False
    if is_printable(name):
        return True
    after = start + size + len(padding_at(file, framing, start, size))
    file.seek(after)
    return after == end or (size > 0 and is_printable(file.read(4)))


def is_printable(name: bytes) -> bool:
    """Return True for four printable ASCII characters."""
    return len(name) == 4 and all(32 <= each < 127 for each in name)


def padding_at(file: BinaryIO, framing: Framing, start: int, size: int) -> bytes:
    """Return the padding behind the content of a chunk, as it is in the file.

    Some programs leave out the zero behind an odd number of bytes: a name follows at once.
    """
    needed = -(size + framing.counted) % framing.alignment
    if not needed:
        return b""
    if start + size > file_size(file):
        return b""
    file.seek(start + size)
    raw = file.read(needed + 4)
    if framing.alignment == 2 and raw[:1] != b"\0" and len(raw) == 5:
        at_once, padded = raw[:4], raw[1:]
        known = at_once in KNOWN, padded in KNOWN
        printable = is_printable(at_once), is_printable(padded)
        if known == (True, False) or (not any(known) and printable == (True, False)):
            return b""
    return raw[:needed]


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
        target.write(_padding(part, -(size + framing.counted) % framing.alignment, part is parts[-1]))


def copy_start(source: BinaryIO, target: BinaryIO, framing: Framing) -> None:
    """Copy the bytes before the first chunk."""
    source.seek(0)
    target.write(source.read(framing.start))


def copy_rest(source: BinaryIO, target: BinaryIO, start: int) -> None:
    """Copy the bytes from `start` to the end of the file."""
    for block in read_range(source, start, file_size(source)):
        target.write(block)


def end_of(chunks: Sequence[Chunk], framing: Framing) -> int:
    """Return the position behind the last chunk and its padding."""
    return chunks[-1].stop + len(chunks[-1].padding) if chunks else framing.start


def _size(part: Part) -> int:
    if isinstance(part, CopiedChunk):
        return part.chunk.size
    return part.size if isinstance(part, StreamedChunk) else len(part.content)


def _size_field(part: Part, size: int) -> int:
    if isinstance(part, CopiedChunk):
        return part.chunk.size_field
    return size if isinstance(part, NewChunk) or part.replaces is None else part.replaces.size_field


def _padding(part: Part, needed: int, is_last: bool) -> bytes:
    """Return the padding of a part: as it was, or zeros; a last chunk without padding is left without."""
    original = part.chunk if isinstance(part, CopiedChunk) else getattr(part, "replaces", None)
    if original is None or (len(original.padding) < needed and not is_last):
        return bytes(needed)
    return original.padding[:needed]


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


def id3_size(file: BinaryIO) -> int:
    """Return the size of an ID3v2 tag at the start of an open file in bytes (id3.org, ID3v2.4, 3.1); 0 without one."""
    file.seek(0)
    head = file.read(10)
    if len(head) < 10 or head[:3] != b"ID3":
        return 0
    size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
    return 10 + size + (10 if head[5] & 0x10 else 0)


def file_size(file: BinaryIO) -> int:
    """Return the size of an open file in bytes; its position may change."""
    return file.seek(0, os.SEEK_END)

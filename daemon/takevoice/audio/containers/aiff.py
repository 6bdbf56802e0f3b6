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
    TrueSize,
    copy_rest,
    copy_start,
    end_of,
    file_size,
    heads,
    is_chunk,
    read_content,
    rename,
    walk,
    write_chunks,
)
from takevoice.audio.containers.container import NO_DATA, NO_SIZE, TO_THE_END, Container, fits, is_streamed
from takevoice.audio.containers.patched import Patch
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
                if _true_size(file, start, length) is not None:
                    return TO_THE_END
                return NO_SIZE if length == 0 else fits(file, start + length)
        return NO_DATA

    def patches(self, file: BinaryIO) -> Sequence[Patch]:
        """Return the sizes that the header does not state."""
        chunks, size = _chunks(file)
        comm = next((chunk for chunk in chunks if chunk.name == b"COMM"), None)
        audio = next((chunk for chunk in chunks if chunk.name == b"SSND"), None)
        if size is None or comm is None or audio is None:
            return []
        frames = _frames(file, chunks, comm, audio)
        return [(audio.start - 4, struct.pack(">I", size.size_field)), (comm.start + 2, frames)]

    def copy(self, source: BinaryIO, target: BinaryIO, payload: Payload, provenance: Provenance) -> None:
        """Write a copy with the provenance in an annotation."""
        chunks, size_unstated = _chunks(source)
        lead = _LEAD + _offset(source, chunks)
        audio = replace_audio(source, chunks, payload, FRAMING, b"SSND", {b"COMM"}, lead)
        parts: list[Part] = [
            rename(part, b"JUNK") if isinstance(part, CopiedChunk) and part.name in OUTDATED else part
            for part in audio
        ]
        if size_unstated is not None and payload.encoded is None:
            parts = [_with_frames(source, chunks, part) for part in parts]
        parts.append(NewChunk(b"ANNO", _ANNOTATION + provenance.as_json().encode()))
        copy_start(source, target, FRAMING)
        write_chunks(source, target, FRAMING, parts)
        size = target.tell() - 8
        copy_rest(source, target, end_of(chunks, FRAMING))
        target.seek(4)
        target.write(struct.pack(">I", size))

    def read_provenance(self, file: BinaryIO) -> Provenance | None:
        """Return the provenance in the last annotation that has one."""
        for chunk in reversed(_chunks(file)[0]):
            text = read_content(file, chunk) if chunk.name == b"ANNO" else None
            if text is not None and text.startswith(_ANNOTATION):
                return Provenance.of_json(text.removeprefix(_ANNOTATION).decode("utf-8", "replace"))
        return None


def _chunks(file: BinaryIO) -> tuple[Sequence[Chunk], TrueSize | None]:
    """Return the chunks, and the size of the audio if the header does not state it."""
    audio = ((start, size) for name, start, size in heads(file, FRAMING) if name == b"SSND")
    size = next((_true_size(file, *place) for place in audio), None)
    file.seek(4)
    end = 8 + int.from_bytes(file.read(4), "big")
    return walk(file, FRAMING, end, None if size is None else {b"SSND": size}, b"SSND"), size


def _true_size(file: BinaryIO, start: int, stored: int) -> TrueSize | None:
    """Return the size of audio that extends to the end of the file; None if its size is stated."""
    end = file_size(file)
    size = end - start
    if not _LEAD < size <= SIZE_ELSEWHERE or (stored == 0 and is_chunk(file, FRAMING, start, end)):
        return None
    return TrueSize(size, size) if stored == 0 or (is_streamed(stored) and start + stored > end) else None


def _frames(file: BinaryIO, chunks: Sequence[Chunk], comm: Chunk, audio: Chunk) -> bytes:
    """Return the number of frames, as COMM stores it, of plain samples to the end of the file."""
    file.seek(comm.start)
    comm_head = file.read(22).ljust(22, b"\0")
    channels, _, bits = struct.unpack(">HIH", comm_head[:8])
    is_law = comm.size >= 22 and comm_head[18:22].lower() in (b"alaw", b"ulaw")
    frame = max(1, channels * (1 if is_law else (bits + 7) // 8))
    return struct.pack(">I", max(0, audio.size - _LEAD - _offset(file, chunks)) // frame)


def _with_frames(file: BinaryIO, chunks: Sequence[Chunk], part: Part) -> Part:
    """Return COMM with the number of frames that there are; any other part as it is."""
    content = read_content(file, part.chunk) if isinstance(part, CopiedChunk) and part.name == b"COMM" else None
    if content is None or not isinstance(part, CopiedChunk):
        return part
    audio = next(chunk for chunk in chunks if chunk.name == b"SSND")
    return NewChunk(b"COMM", content[:2] + _frames(file, chunks, part.chunk, audio) + content[6:])


def _offset(source: BinaryIO, chunks: Sequence[Chunk]) -> int:
    """Return the number of bytes that some programs insert before the first frame, to align it."""
    audio = next((chunk for chunk in chunks if chunk.name == b"SSND"), None)
    if audio is None:
        return 0
    source.seek(audio.start)
    return int.from_bytes(source.read(4), "big")

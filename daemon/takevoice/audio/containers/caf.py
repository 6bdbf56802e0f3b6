"""Core Audio Format (Apple)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import BinaryIO

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
    file_size,
    heads,
    is_chunk,
    read_content,
    rename,
    walk,
    write_chunks,
)
from takevoice.audio.containers.container import NO_DATA, NO_SIZE, TO_THE_END, Container, fits
from takevoice.audio.containers.patched import Patch
from takevoice.audio.containers.payload import Payload, replace_audio
from takevoice.audio.containers.provenance import KEY, Provenance
from takevoice.settled import Completeness

FRAMING = Framing(8, struct.Struct(">4sq"), 1)
OUTDATED = (b"peak", b"ovvw", b"umid")
_LEAD = 4  # bytes: data begins with an edit count
_TO_THE_END = -1  # the size of an audio chunk that extends to the end of the file
_KEY = KEY.lower().encode()


class Caf(Container):
    """Core Audio Format."""

    name = "CAF"
    suffixes = frozenset({".caf"})
    byte_order = "big"

    def recognizes(self, head: bytes) -> bool:
        """Return True if the file begins with the type of CAF files."""
        return head[:4] == b"caff"

    def completeness(self, file: BinaryIO) -> Completeness:
        """Compare the chunk of the audio with the size of the file."""
        if _audio_to_the_end(file) is not None:
            return TO_THE_END
        for name, start, length in heads(file, FRAMING):
            if name == b"data":
                return NO_SIZE if length <= _LEAD else fits(file, start + length)
        return NO_DATA

    def patches(self, file: BinaryIO) -> Sequence[Patch]:
        """Return the size of audio that extends to the end of the file, which libsndfile does not accept."""
        start = _audio_to_the_end(file)
        return [] if start is None else [(start - 8, struct.pack(">q", file_size(file) - start))]

    def copy(self, source: BinaryIO, target: BinaryIO, payload: Payload, provenance: Provenance) -> None:
        """Write a copy with the provenance among its information strings."""
        chunks = _chunks(source)
        described_by = {b"desc", b"pakt", b"kuki"}
        audio = replace_audio(source, chunks, payload, FRAMING, b"data", described_by, _LEAD)
        parts: list[Part] = []
        added = False
        for chunk, part in zip(chunks, audio, strict=True):
            info = read_content(source, chunk) if chunk.name == b"info" and not added else None
            if isinstance(part, CopiedChunk) and part.name in OUTDATED:
                parts.append(rename(part, b"free"))
            elif info is not None and len(info) >= 4:
                parts.append(NewChunk(b"info", _extended_info(info, provenance)))
                added = True
            else:
                parts.append(part)
        if not added:
            parts.append(NewChunk(b"info", _extended_info(bytes(4), provenance)))
        copy_start(source, target, FRAMING)
        write_chunks(source, target, FRAMING, parts)
        copy_rest(source, target, end_of(chunks, FRAMING))

    def read_provenance(self, file: BinaryIO) -> Provenance | None:
        """Return the provenance among the information strings."""
        for chunk in _chunks(file):
            if chunk.name != b"info":
                continue
            strings = (read_content(file, chunk) or b"")[4:].split(b"\0")
            found = [value for key, value in zip(strings[::2], strings[1::2], strict=False) if key == _KEY]
            if found:
                return Provenance.of_json(found[-1].decode("utf-8", "replace"))
        return None


def _chunks(file: BinaryIO) -> list[Chunk]:
    start = _audio_to_the_end(file)
    if start is None:
        return walk(file, FRAMING, audio=b"data")
    size = file_size(file) - start
    return walk(file, FRAMING, sizes={b"data": TrueSize(size, size)}, audio=b"data")


def _audio_to_the_end(file: BinaryIO) -> int | None:
    """Return the position of audio whose size is not stated; None if it is, or if there is no audio."""
    for name, start, size in heads(file, FRAMING):
        if name == b"data":
            end = file_size(file)
            unstated = size == _TO_THE_END or (size == 0 and not is_chunk(file, FRAMING, start, end))
            return start if unstated and end > start + _LEAD else None
    return None


def _extended_info(info: bytes, provenance: Provenance) -> bytes:
    """Return an info chunk with one more entry; it is a count, then pairs of zero-terminated strings."""
    count = int.from_bytes(info[:4], "big")
    strings = info[4:] if not info[4:] or info.endswith(b"\0") else info[4:] + b"\0"
    entry = _KEY + b"\0" + provenance.as_json().encode() + b"\0"
    return struct.pack(">I", (count + 1) & 0xFFFFFFFF) + strings + entry

"""WAV and its big-endian form RIFX (RIFF: Microsoft and IBM 1991)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from takevoice.audio.containers.chunks import SIZE_ELSEWHERE, Chunk, file_size, heads, total_size
from takevoice.audio.containers.container import NO_DATA, NO_SIZE, Container, fits
from takevoice.audio.containers.payload import ByteOrder, Payload
from takevoice.audio.containers.provenance import Provenance
from takevoice.audio.containers.riff import (
    BIG_ENDIAN,
    LITTLE_ENDIAN,
    Dialect,
    changed_chunks,
    provenance_in,
    riff_chunks,
    write_riff,
)
from takevoice.settled import Completeness

MAX_RIFF = 0xFFFFFFFF  # bytes


class Wave(Container):
    """WAV, also in its extensible form, and RIFX."""

    name = "WAV"
    variants = frozenset({"WAVEX"})
    suffixes = frozenset({".wav", ".wave", ".bwf"})
    max_size = MAX_RIFF

    def recognizes(self, head: bytes) -> bool:
        """Return True for RIFF and RIFX files of type WAVE."""
        return head[:4] in (b"RIFF", b"RIFX") and head[8:12] == b"WAVE"

    def completeness(self, file: BinaryIO) -> Completeness:
        """Compare the chunk of the audio with the size of the file."""
        dialect, order = _form(file)
        if _riff_size(file, order) in (0, SIZE_ELSEWHERE):
            return NO_SIZE
        for name, start, length in heads(file, dialect.framing):
            if name == b"data":
                return NO_SIZE if length in (0, SIZE_ELSEWHERE) else fits(file, start + length)
        return NO_DATA

    def copy(self, source: BinaryIO, target: BinaryIO, payload: Payload, provenance: Provenance) -> None:
        """Write a copy; without provenance if the original is so close to 4 GB that it has no room for it."""
        dialect, order = _form(source)
        chunks, end = _chunks(source, dialect, order)
        parts = changed_chunks(source, chunks, payload, provenance, dialect)
        if dialect.framing.start + total_size(dialect.framing, parts) - 8 > MAX_RIFF:
            parts = changed_chunks(source, chunks, payload, None, dialect)
        size = write_riff(source, target, dialect, parts, end)
        target.seek(4)
        target.write(size.to_bytes(4, order))

    def read_provenance(self, file: BinaryIO) -> Provenance | None:
        """Return the provenance in the iXML."""
        dialect, order = _form(file)
        chunks, _ = _chunks(file, dialect, order)
        return provenance_in(file, chunks, dialect)


def _form(file: BinaryIO) -> tuple[Dialect, ByteOrder]:
    file.seek(0)
    return (BIG_ENDIAN, "big") if file.read(4) == b"RIFX" else (LITTLE_ENDIAN, "little")


def _riff_size(file: BinaryIO, order: ByteOrder) -> int:
    file.seek(4)
    return int.from_bytes(file.read(4), order)


def _chunks(file: BinaryIO, dialect: Dialect, order: ByteOrder) -> tuple[Sequence[Chunk], int]:
    end = min(file_size(file), 8 + _riff_size(file, order))
    return riff_chunks(file, dialect, end)

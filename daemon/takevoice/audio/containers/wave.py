"""WAV and its big-endian form RIFX (RIFF: Microsoft and IBM 1991)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from takevoice.audio.containers.chunks import Chunk, TrueSize, file_size, heads, is_chunk, total_size
from takevoice.audio.containers.container import NO_DATA, NO_SIZE, TO_THE_END, Container, fits, is_streamed
from takevoice.audio.containers.patched import Patch
from takevoice.audio.containers.payload import ByteOrder, Payload
from takevoice.audio.containers.provenance import Provenance
from takevoice.audio.containers.riff import (
    BIG_ENDIAN,
    LITTLE_ENDIAN,
    Dialect,
    audio_place,
    changed_chunks,
    provenance_in,
    riff_chunks,
    write_riff,
)
from takevoice.settled import Completeness
from takevoice.system import place

MAX_RIFF = 0xFFFFFFFF  # bytes
_MPEG = (0x50, 0x55)  # format tags: layers I and II, layer III


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
        dialect, _ = _form(file)
        audio = audio_place(file, dialect)
        if audio is None:
            return NO_DATA
        start, length = audio
        if true_size(file, dialect, start, length) is not None:
            return TO_THE_END
        return NO_SIZE if length == 0 else fits(file, start + length)

    def patches(self, file: BinaryIO) -> Sequence[Patch]:
        """Return the size of audio whose header says 0, of which libsndfile would read nothing; and other names for cue.

        libsndfile 1.2.2 takes the samples of a RIFX for little-endian ones once it has read cue points.
        """
        dialect, order = _form(file)
        audio = audio_place(file, dialect)
        size = true_size(file, dialect, *audio) if audio and audio[1] == 0 else None
        patches = [] if audio is None or size is None else [(audio[0] - 4, size.size_field.to_bytes(4, order))]
        if order == "big":
            cues = (start for name, start, _ in heads(file, dialect.framing) if name == b"cue ")
            patches += [(start - dialect.framing.head.size, b"JUNK") for start in cues]
        return patches

    def jumps(self, path: Path) -> bool:
        """Return False for MPEG, whose decoder needs the frames before a place."""
        with place.open_file(path, "rb") as file:
            dialect, order = _form(file)
            start = next((start for name, start, _ in heads(file, dialect.framing) if name == b"fmt "), None)
            file.seek(start or 0)
            return start is None or int.from_bytes(file.read(2), order) not in _MPEG

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

    def wave_chunks(self, file: BinaryIO) -> Sequence[Chunk]:
        """Return all chunks."""
        return _chunks(file, *_form(file))[0]

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


def true_size(file: BinaryIO, dialect: Dialect, start: int, stored: int) -> TrueSize | None:
    """Return the size of audio that extends to the end of the file, as all readers take it; None if its size is stated.

    Programs that write to a pipe store 0 or a huge number; a program that was ended stores 0.
    """
    end = file_size(file)
    size = end - start
    if size <= 0 or size > MAX_RIFF:
        return None
    if stored == 0 and is_chunk(file, dialect.framing, start, end):
        return None  # no audio, but chunks behind it
    return TrueSize(size, size) if stored == 0 or (is_streamed(stored) and start + stored > end) else None


def _chunks(file: BinaryIO, dialect: Dialect, order: ByteOrder) -> tuple[Sequence[Chunk], int]:
    audio = audio_place(file, dialect)
    size = None if audio is None else true_size(file, dialect, *audio)
    sizes = None if size is None else {b"data": size}
    return riff_chunks(file, dialect, 8 + _riff_size(file, order), sizes)

"""Writing a part of a file as a WAV, or as an RF64 beyond 4 GB, with everything that the file says about that part."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from takevoice.audio.containers import moved_times
from takevoice.audio.containers.chunks import (
    SIZE_ELSEWHERE,
    Chunk,
    CopiedChunk,
    NewChunk,
    Part,
    StreamedChunk,
    read_content,
    total_size,
    write_chunks,
)
from takevoice.audio.containers.cue_points import CuePoints, moved_long_markers, moved_sampler
from takevoice.audio.containers.payload import ByteOrder
from takevoice.audio.containers.riff import BIG_ENDIAN, LITTLE_ENDIAN, OUTDATED
from takevoice.audio.containers.span import Span
from takevoice.audio.containers.wave import MAX_RIFF
from takevoice.errors import UnsupportedAudio

_MADE_ANEW = frozenset((b"fmt ", b"fact", b"data", b"ds64"))
_OF_THE_WHOLE = frozenset((*OUTDATED, b"ovwf", b"LGWV", b"mext"))
"""Chunks that measure, sum or draw the audio of the whole file, or name it for Pro Tools: wrong for a part of it."""
_NUMBERS_CHANNELS = b"chna"  # of ADM (ITU-R BS.2076): which object is on which channel
_EDITED = frozenset((b"cue ", b"plst", b"smpl", b"r64m", b"bext", b"iXML", b"cart"))


@dataclass(frozen=True)
class ExcerptParts:
    """The parts of an excerpt: the format of its audio, and the chunks before and behind that."""

    order: ByteOrder
    heading: Sequence[NewChunk]  # fmt, and fact where the format needs one
    before: Sequence[Part]
    behind: Sequence[Part]
    size: int  # of the audio, in bytes
    frames: int

    @property
    def is_large(self) -> bool:
        """True if only an RF64 can state its size."""
        return self._riff_size(large=False) > MAX_RIFF

    @property
    def file_size(self) -> int:
        """Bytes of the file."""
        return 8 + self._riff_size(large=self.is_large)

    def parts(self, audio: Iterable[bytes], *, large: bool) -> list[Part]:
        """Return all parts in their order, in an RF64 with the sizes first."""
        stated = Chunk(b"data", 0, self.size, SIZE_ELSEWHERE if large else self.size, b"\0" * (self.size % 2))
        data = StreamedChunk(b"data", self.size, audio, stated)
        if not large:
            return [*self.heading, *self.before, data, *self.behind]
        # libsndfile does not find what follows a chunk of odd size in an RF64.
        odd = [part for part in self.before if _is_odd(part)]
        before = [part for part in self.before if not _is_odd(part)]
        sizes = NewChunk(b"ds64", struct.pack("<QQQI", self._riff_size(large=True), self.size, self.frames, 0))
        return [sizes, *self.heading, *before, data, *odd, *self.behind]

    def _riff_size(self, *, large: bool) -> int:
        framing = BIG_ENDIAN.framing if self.order == "big" else LITTLE_ENDIAN.framing
        plain = [*self.heading, *self.before, StreamedChunk(b"data", self.size, ()), *self.behind]
        return 4 + total_size(framing, plain) + (8 + 28 if large else 0)


def kept_chunks(
    source: BinaryIO, chunks: Sequence[Chunk], span: Span, order: ByteOrder
) -> tuple[list[Part], list[Part]]:
    """Return the chunks of a file that an excerpt keeps, before and behind the audio, with what changes in them.

    A chunk that would have to be changed and is too large for that (16 MB) is left out.

    Raises:
        OSError: the file cannot be read.
    """
    cues = [read_content(source, chunk) or b"" for chunk in chunks if chunk.name == b"cue "]
    lists = [read_content(source, chunk) or b"" for chunk in chunks if _is_labels(source, chunk)]
    points = CuePoints(cues, lists, span, order)
    at = next((number for number, chunk in enumerate(chunks) if chunk.name == b"data"), len(chunks))
    before, behind = (
        [part for chunk in each if (part := _kept(source, chunk, points, span, order)) is not None]
        for each in (chunks[:at], chunks[at:])
    )
    return before, behind


def write_excerpt(source: BinaryIO, target: BinaryIO, excerpt: ExcerptParts, audio: Iterable[bytes]) -> None:
    """Write the file; `audio` yields its samples as they are stored, and `source` is what chunks are copied from.

    Raises:
        UnsupportedAudio: its sizes cannot be stated; or the source has changed meanwhile.
        OSError: a file cannot be read or written.
    """
    large, big = excerpt.is_large, excerpt.order == "big"
    if large and big:
        raise UnsupportedAudio("is a big-endian WAV, of which a part of over 4 GB cannot be written")
    kind = b"RF64" if large else b"RIFX" if big else b"RIFF"
    size = SIZE_ELSEWHERE if large else excerpt.file_size - 8
    target.write(kind + size.to_bytes(4, excerpt.order) + b"WAVE")
    write_chunks(source, target, (BIG_ENDIAN if big else LITTLE_ENDIAN).framing, excerpt.parts(audio, large=large))


def _kept(source: BinaryIO, chunk: Chunk, points: CuePoints, span: Span, order: ByteOrder) -> Part | None:
    """Return a chunk as the excerpt has it; None if it is left out."""
    name = chunk.name
    if name in _MADE_ANEW or name in _OF_THE_WHOLE or (name == _NUMBERS_CHANNELS and span.channels):
        return None
    if name not in _EDITED and not _is_labels(source, chunk):
        return CopiedChunk(Chunk(name, chunk.start, chunk.size, chunk.size, b"\0" * (chunk.size % 2)), name)
    content = read_content(source, chunk)
    moved = None if content is None else _moved(name, content, points, span, order)
    return None if moved is None else NewChunk(name, moved)


def _moved(name: bytes, content: bytes, points: CuePoints, span: Span, order: ByteOrder) -> bytes | None:
    match name:
        case b"cue ":
            return points.moved_cue(content)
        case b"plst":
            return points.moved_playlist(content)
        case b"LIST" | b"list":
            return points.moved_labels(content)
        case b"smpl":
            return moved_sampler(content, span, order)
        case b"r64m":
            return moved_long_markers(content, span)
        case b"bext":
            return moved_times.moved_bext(content, span, order)
        case b"cart":
            return moved_times.moved_cart(content, span, order)
        case _:
            return moved_times.moved_ixml(content, span)


def _is_labels(source: BinaryIO, chunk: Chunk) -> bool:
    """Return True for the list of what belongs to cue points."""
    if chunk.name not in (b"LIST", b"list"):
        return False
    source.seek(chunk.start)
    return source.read(4) == b"adtl"


def _is_odd(part: Part) -> bool:
    content = part.content if isinstance(part, NewChunk) else b""
    return bool((part.chunk.size if isinstance(part, CopiedChunk) else len(content)) % 2)

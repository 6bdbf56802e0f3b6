"""AIFF and AIFF-C (Apple 1989, 1991)."""

from __future__ import annotations

import struct
from typing import BinaryIO

from takevoice.audio.containers.chunks import (
    Copied,
    Framing,
    Made,
    Part,
    content,
    length,
    renamed,
    walk,
    write,
)
from takevoice.audio.containers.payload import Audio, replaced
from takevoice.audio.containers.provenance import KEY, Provenance

FRAMING = Framing(12, struct.Struct(">4sI"), 2)
STALE = (b"PEAK",)
_MARK = f"{KEY}=".encode()
_LEAD = 8  # SSND begins with an offset and a block size


def is_aiff(magic: bytes) -> bool:
    """True for the first 12 bytes of an AIFF or AIFF-C."""
    return magic[:4] == b"FORM" and magic[8:12] in (b"AIFF", b"AIFC")


def copy_aiff(source: BinaryIO, target: BinaryIO, audio: Audio, note: Provenance) -> None:
    """Writes the original with other audio, and the note in an annotation."""
    chunks = walk(source, FRAMING, length(source))
    lead = _LEAD + _offset(source, chunks)
    parts: list[Part] = [
        renamed(part, b"JUNK") if isinstance(part, Copied) and part.name in STALE else part
        for part in replaced(source, chunks, audio, lambda name: name, b"SSND", lead)
    ]
    parts.append(Made(b"ANNO", _MARK + note.as_json().encode()))
    source.seek(0)
    target.write(source.read(FRAMING.start))
    write(source, target, FRAMING, parts)
    size = target.tell() - 8
    target.seek(4)
    target.write(struct.pack(">I", size))


def _offset(source: BinaryIO, chunks: list) -> int:  # type: ignore[type-arg]
    """The bytes before the first frame, which some writers put there to align it."""
    sound = next((chunk for chunk in chunks if chunk.name == b"SSND"), None)
    if sound is None:
        return 0
    source.seek(sound.start)
    return int.from_bytes(source.read(4), "big")


def note_of_aiff(source: BinaryIO) -> Provenance | None:
    """The note in an AIFF."""
    for chunk in reversed(walk(source, FRAMING, length(source))):
        text = content(source, chunk) if chunk.name == b"ANNO" else None
        if text is not None and text.startswith(_MARK):
            return Provenance.of_json(text.removeprefix(_MARK).decode("utf-8", "replace"))
    return None

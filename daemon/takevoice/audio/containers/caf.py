"""Core Audio Format (Apple)."""

from __future__ import annotations

import struct
from typing import BinaryIO

from takevoice.audio.containers.chunks import (
    Chunk,
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

FRAMING = Framing(8, struct.Struct(">4sq"), 1)
STALE = (b"peak", b"ovvw", b"umid")
_LEAD = 4  # data begins with a count of edits
_KEY = KEY.lower().encode()


def is_caf(magic: bytes) -> bool:
    """True for the first bytes of a CAF."""
    return magic[:4] == b"caff"


def copy_caf(source: BinaryIO, target: BinaryIO, audio: Audio, note: Provenance) -> None:
    """Writes the original with other audio, and the note among its information strings."""
    chunks = walk(source, FRAMING, length(source))
    parts: list[Part] = []
    noted = False
    for chunk, part in zip(
        chunks, replaced(source, chunks, audio, lambda name: name, lead=_LEAD), strict=True
    ):
        text = content(source, chunk) if chunk.name == b"info" and not noted else None
        if isinstance(part, Copied) and part.name in STALE:
            parts.append(renamed(part, b"free"))
        elif text is not None and len(text) >= 4:
            parts.append(Made(b"info", _with_note(text, note)))
            noted = True
        else:
            parts.append(part)
    if not noted:
        parts.append(Made(b"info", _with_note(bytes(4), note)))
    source.seek(0)
    target.write(source.read(FRAMING.start))
    write(source, target, FRAMING, parts)


def _with_note(info: bytes, note: Provenance) -> bytes:
    """An info chunk: a count, then pairs of strings that end in zero."""
    count = int.from_bytes(info[:4], "big")
    strings = info[4:] if not info[4:] or info.endswith(b"\0") else info[4:] + b"\0"
    return (
        struct.pack(">I", (count + 1) & 0xFFFFFFFF) + strings + _KEY + b"\0" + note.as_json().encode() + b"\0"
    )


def note_of_caf(source: BinaryIO) -> Provenance | None:
    """The note in a CAF."""
    chunks: list[Chunk] = [chunk for chunk in walk(source, FRAMING, length(source)) if chunk.name == b"info"]
    for chunk in chunks:
        strings = (content(source, chunk) or b"")[4:].split(b"\0")
        found = [value for key, value in zip(strings[::2], strings[1::2], strict=False) if key == _KEY]
        if found:
            return Provenance.of_json(found[-1].decode("utf-8", "replace"))
    return None

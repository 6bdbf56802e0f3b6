"""Vorbis comments, as FLAC and Ogg have them (Xiph.Org: Ogg Vorbis I format specification)."""

from __future__ import annotations

import struct

from takevoice.audio.containers.provenance import KEY, Provenance

_MARK = f"{KEY}=".encode()


def with_note(comments: bytes, note: Provenance) -> bytes:
    """The comments with one more; what is no valid list of comments becomes a new one."""
    entry = _MARK + note.as_json().encode()
    parsed = _parse(comments)
    if parsed is None:
        return struct.pack("<II", 0, 1) + _sized(entry)
    count_at, count, end = parsed
    return (
        comments[:count_at]
        + struct.pack("<I", count + 1)
        + comments[count_at + 4 : end]
        + _sized(entry)
        + comments[end:]
    )


def note_in(comments: bytes) -> Provenance | None:
    """The newest note among them."""
    parsed = _parse(comments)
    if parsed is None:
        return None
    at, count, _ = parsed
    at += 4
    found = None
    for _ in range(count):
        size = int.from_bytes(comments[at : at + 4], "little")
        entry = comments[at + 4 : at + 4 + size]
        if entry[: len(_MARK)].upper() == _MARK:
            found = entry[len(_MARK) :]
        at += 4 + size
    return None if found is None else Provenance.of_json(found.decode("utf-8", "replace"))


def _sized(entry: bytes) -> bytes:
    return struct.pack("<I", len(entry)) + entry


def _parse(comments: bytes) -> tuple[int, int, int] | None:
    """Where the count stands, what it is, and where the last comment ends; None when sizes do not fit."""
    if len(comments) < 8:
        return None
    count_at = 4 + int.from_bytes(comments[:4], "little")
    if count_at + 4 > len(comments):
        return None
    count = int.from_bytes(comments[count_at : count_at + 4], "little")
    at = count_at + 4
    for _ in range(count):
        if at + 4 > len(comments):
            return None
        at += 4 + int.from_bytes(comments[at : at + 4], "little")
        if at > len(comments):
            return None
    return count_at, count, at

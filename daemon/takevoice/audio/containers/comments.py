"""Vorbis comments, the metadata of FLAC and Ogg (Xiph.Org: Ogg Vorbis I format specification)."""

from __future__ import annotations

import struct

from takevoice.audio.containers.provenance import KEY, Provenance

_FIELD = f"{KEY}=".encode()


def add_provenance(comments: bytes, provenance: Provenance) -> bytes:
    """Return the comments with the provenance as the last one; a list that ends too early gets its true length."""
    comment = _FIELD + provenance.as_json().encode()
    parsed = _parse(comments)
    if parsed is None:
        return struct.pack("<II", 0, 1) + _with_size(comment)
    count_at, count, end = parsed
    return (
        comments[:count_at]
        + struct.pack("<I", count + 1)
        + comments[count_at + 4 : end]
        + _with_size(comment)
        + comments[end:]
    )


def provenance_in(comments: bytes) -> Provenance | None:
    """Return the provenance that was added last."""
    parsed = _parse(comments)
    if parsed is None:
        return None
    at, count, _ = parsed
    at += 4
    found = None
    for _ in range(count):
        size = int.from_bytes(comments[at : at + 4], "little")
        comment = comments[at + 4 : at + 4 + size]
        if comment[: len(_FIELD)].upper() == _FIELD:
            found = comment[len(_FIELD) :]
        at += 4 + size
    return None if found is None else Provenance.of_json(found.decode("utf-8", "replace"))


def _with_size(comment: bytes) -> bytes:
    return struct.pack("<I", len(comment)) + comment


def _parse(comments: bytes) -> tuple[int, int, int] | None:
    """Return the position of the count, how many comments are whole, and the end of the last one; None if there is no count."""
    if len(comments) < 8:
        return None
    count_at = 4 + int.from_bytes(comments[:4], "little")
    if count_at + 4 > len(comments):
        return None
    count = int.from_bytes(comments[count_at : count_at + 4], "little")
    at = count_at + 4
    for number in range(count):
        end = at + 4 + int.from_bytes(comments[at : at + 4], "little")
        if end > len(comments):
            return count_at, number, at
        at = end
    return count_at, count, at

"""ID3v2 (versions 2.2, 2.3, 2.4 of id3.org): a text of our own in a tag that is copied otherwise."""

from __future__ import annotations

from collections.abc import Iterator

from takevoice.audio.containers.mpeg import id3v2_size
from takevoice.audio.containers.provenance import KEY, Provenance

_KEY = KEY.encode()
_UNSYNCHRONISED, _EXTENDED, _FOOTER = 0x80, 0x40, 0x10  # flags of a tag
_ENCODINGS = ("latin-1", "utf-16", "utf-16-be", "utf-8")
_MAX_SIZE = (1 << 28) - 1  # bytes


def add_provenance(tag: bytes, provenance: Provenance) -> bytes:
    """Return the tag with the provenance as its first frame (TXXX TAKEVOICE); every other byte of its content is kept.

    `tag` is a whole ID3v2 tag, or empty. One that is full, or of an unknown version, is returned as it is.
    """
    if not tag:
        tag = b"ID3\x03\0\0" + bytes(4)
    version, flags = tag[3], tag[5]
    if version not in (2, 3, 4):
        return tag
    start = 10 + _extended_size(tag)
    end = len(tag) - (10 if flags & _FOOTER else 0)
    content = tag[10:start] + _frame(version, provenance) + tag[start:end]
    if len(content) > _MAX_SIZE:
        return tag
    size = _seven_bits(len(content))
    footer = b"3DI" + tag[3:6] + size if flags & _FOOTER else b""
    return tag[:6] + size + content + footer


def provenance_in(tag: bytes) -> Provenance | None:
    """Return the first provenance in a whole ID3v2 tag, which is the newest; None if there is none."""
    for name, content in _frames(tag):
        if name not in (b"TXXX", b"TXX") or not content or content[0] >= len(_ENCODINGS):
            continue
        text = content[1:].decode(_ENCODINGS[content[0]], "replace")
        key, _, value = text.partition("\0")
        if key == KEY:
            return Provenance.of_json(value.lstrip("\ufeff").rstrip("\0"))
    return None


def _frame(version: int, provenance: Provenance) -> bytes:
    # ASCII: it holds no byte that would have to be changed for unsynchronisation.
    content = b"\0" + _KEY + b"\0" + provenance.as_json().encode("ascii")
    if version == 2:
        return b"TXX" + len(content).to_bytes(3, "big") + content
    size = _seven_bits(len(content)) if version == 4 else len(content).to_bytes(4, "big")
    return b"TXXX" + size + b"\0\0" + content


def _frames(tag: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield (name, content) of each frame, up to the padding or to one that does not fit."""
    if not 10 <= id3v2_size(tag[:10]) <= len(tag) or tag[3] not in (2, 3, 4):
        return
    version, at = tag[3], 10 + _extended_size(tag)
    if version == 3 and tag[5] & _UNSYNCHRONISED:
        tag = tag[:at] + tag[at:].replace(b"\xff\0", b"\xff")
    head, name_size = (6, 3) if version == 2 else (10, 4)
    while at + head <= len(tag) and tag[at]:
        stored = tag[at + name_size : at + (6 if version == 2 else 8)]
        size = _of_seven_bits(stored) if version == 4 else int.from_bytes(stored, "big")
        if at + head + size > len(tag):
            return
        yield tag[at : at + name_size], tag[at + head : at + head + size]
        at += head + size


def _extended_size(tag: bytes) -> int:
    """Return the size of the extended header, which precedes the frames."""
    if not tag[5] & _EXTENDED or tag[3] == 2:
        return 0
    stored = tag[10:14]
    size = _of_seven_bits(stored) if tag[3] == 4 else 4 + int.from_bytes(stored, "big")
    return size if 6 <= size <= len(tag) - 10 else 0


def _seven_bits(size: int) -> bytes:
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))


def _of_seven_bits(stored: bytes) -> int:
    size = 0
    for value in stored:
        size = size << 7 | value & 0x7F
    return size

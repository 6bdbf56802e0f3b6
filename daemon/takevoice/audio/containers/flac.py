"""FLAC (RFC 9639): the original's metadata blocks around another stream's frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from takevoice.audio.containers.chunks import COPY
from takevoice.audio.containers.comments import note_in, with_note
from takevoice.audio.containers.provenance import Provenance
from takevoice.errors import UnsupportedAudio

STREAMINFO, PADDING, SEEKTABLE, COMMENTS = 0, 1, 3, 4
MAX_BLOCKS = 1000
_MOST = (1 << 24) - 1  # bytes of a block


@dataclass(frozen=True)
class _Block:
    kind: int
    content: bytes


def is_flac(magic: bytes) -> bool:
    """True for the first bytes of a FLAC."""
    return magic[:4] == b"fLaC"


def copy_flac(source: BinaryIO, target: BinaryIO, encoded: BinaryIO, note: Provenance) -> None:
    """Writes the original's metadata and the frames of `encoded`; places in the old stream become padding."""
    blocks, made = _blocks(source), _blocks(encoded)
    vendor = next((block.content for block in made if block.kind == COMMENTS), b"")
    if not any(block.kind == COMMENTS for block in blocks):
        blocks.append(_Block(COMMENTS, vendor))
    changed = [_changed(block, made[0], note) for block in blocks]
    target.write(b"fLaC")
    for number, block in enumerate(changed):
        last = 0x80 if number == len(changed) - 1 else 0
        target.write(bytes([block.kind | last]) + len(block.content).to_bytes(3, "big") + block.content)
    while data := encoded.read(COPY):
        target.write(data)


def _changed(block: _Block, streaminfo: _Block, note: Provenance) -> _Block:
    if block.kind == STREAMINFO:
        return streaminfo
    if block.kind == SEEKTABLE:
        return _Block(PADDING, bytes(len(block.content)))
    if block.kind == COMMENTS and len(longer := with_note(block.content, note)) <= _MOST:
        return _Block(COMMENTS, longer)
    return block


def note_of_flac(source: BinaryIO) -> Provenance | None:
    """The note in a FLAC."""
    return next((note_in(block.content) for block in _blocks(source) if block.kind == COMMENTS), None)


def _blocks(file: BinaryIO) -> list[_Block]:
    """All metadata blocks; the file stands at its first frame then.

    Raises:
        UnsupportedAudio: they do not end.
    """
    file.seek(4)
    found: list[_Block] = []
    while len(found) < MAX_BLOCKS:
        head = file.read(4)
        size = int.from_bytes(head[1:], "big")
        content = file.read(size)
        if len(head) < 4 or len(content) < size:
            break
        found.append(_Block(head[0] & 0x7F, content))
        if head[0] & 0x80:
            return found
    raise UnsupportedAudio("has metadata blocks that do not end")

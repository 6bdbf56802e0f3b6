"""FLAC (RFC 9639): the metadata blocks of the original, followed by the frames of another stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from takevoice.audio.containers.chunks import BLOCK
from takevoice.audio.containers.comments import add_provenance, provenance_in
from takevoice.audio.containers.container import COMPLETE, NO_DATA, NO_SIZE, Container
from takevoice.audio.containers.payload import Payload
from takevoice.audio.containers.provenance import Provenance
from takevoice.errors import UnsupportedAudio
from takevoice.settled import Completeness

STREAMINFO, PADDING, SEEKTABLE, COMMENTS = 0, 1, 3, 4
MAX_BLOCKS = 1000
_MAX_BLOCK_SIZE = (1 << 24) - 1  # bytes


@dataclass(frozen=True)
class MetadataBlock:
    """A metadata block: its type, and its content without the head."""

    kind: int
    content: bytes


class Flac(Container):
    """FLAC outside of Ogg."""

    name = "FLAC"
    suffixes = frozenset({".flac"})
    stores_samples = False

    def recognizes(self, head: bytes) -> bool:
        """Return True if the file begins with the marker of FLAC streams."""
        return head[:4] == b"fLaC"

    def completeness(self, file: BinaryIO) -> Completeness:
        """Look for the number of samples in STREAMINFO, which an encoder stores last."""
        file.seek(8)
        streaminfo = file.read(34)
        if len(streaminfo) < 34:
            return NO_DATA
        samples = int.from_bytes(streaminfo[13:18], "big") & 0xFFFFFFFFF
        return COMPLETE if samples else NO_SIZE

    def copy(self, source: BinaryIO, target: BinaryIO, payload: Payload, provenance: Provenance) -> None:
        """Write the original's metadata and the encoded frames; a seek table becomes padding."""
        encoded = payload.encoded
        assert encoded is not None
        blocks, encoded_blocks = metadata_blocks(source), metadata_blocks(encoded)
        if not any(block.kind == COMMENTS for block in blocks):
            comments = next((block.content for block in encoded_blocks if block.kind == COMMENTS), b"")
            blocks.append(MetadataBlock(COMMENTS, comments))
        changed = [_changed(block, encoded_blocks[0], provenance) for block in blocks]
        target.write(b"fLaC")
        for number, block in enumerate(changed):
            last = 0x80 if number == len(changed) - 1 else 0
            target.write(bytes([block.kind | last]) + len(block.content).to_bytes(3, "big") + block.content)
        while frames := encoded.read(BLOCK):
            target.write(frames)

    def read_provenance(self, file: BinaryIO) -> Provenance | None:
        """Return the provenance in the comments."""
        comments = (block for block in metadata_blocks(file) if block.kind == COMMENTS)
        return next((provenance_in(block.content) for block in comments), None)


def metadata_blocks(file: BinaryIO) -> list[MetadataBlock]:
    """Return all metadata blocks, and leave the file at its first frame.

    Raises:
        UnsupportedAudio: no block is marked as the last one.
    """
    file.seek(4)
    found: list[MetadataBlock] = []
    while len(found) < MAX_BLOCKS:
        head = file.read(4)
        size = int.from_bytes(head[1:], "big")
        content = file.read(size)
        if len(head) < 4 or len(content) < size:
            break
        found.append(MetadataBlock(head[0] & 0x7F, content))
        if head[0] & 0x80:
            return found
    raise UnsupportedAudio("has metadata blocks that do not end")


def _changed(block: MetadataBlock, streaminfo: MetadataBlock, provenance: Provenance) -> MetadataBlock:
    if block.kind == STREAMINFO:
        return streaminfo
    if block.kind == SEEKTABLE:
        return MetadataBlock(PADDING, bytes(len(block.content)))
    if block.kind == COMMENTS:
        extended = add_provenance(block.content, provenance)
        return MetadataBlock(COMMENTS, extended) if len(extended) <= _MAX_BLOCK_SIZE else block
    return block

"""FLAC (RFC 9639): the metadata blocks of the original, followed by the frames of another stream."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from takevoice.audio.containers.chunks import BLOCK, Chunk, id3_size
from takevoice.audio.containers.comments import add_provenance, provenance_in
from takevoice.audio.containers.container import COMPLETE, NO_DATA, TO_THE_END, Container
from takevoice.audio.containers.flac_frames import last_head, read_head, samples_between
from takevoice.audio.containers.patched import Patch
from takevoice.audio.containers.payload import Payload
from takevoice.audio.containers.provenance import Provenance
from takevoice.audio.containers.tags_behind import end_of_audio
from takevoice.errors import UnsupportedAudio
from takevoice.settled import Completeness
from takevoice.system import place

STREAMINFO, PADDING, APPLICATION, SEEKTABLE, COMMENTS = 0, 1, 2, 3, 4
MAX_BLOCKS = 1000
_MAX_BLOCK_SIZE = (1 << 24) - 1  # bytes
_WIDER = {12: 16, 20: 24}  # bits per sample that libsndfile decodes, but does not know
_ANEW = "`ffmpeg -i IN OUT.flac` makes a whole one"


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
        stream = _stream_info(file)
        if stream is None:
            return NO_DATA
        return COMPLETE if stream.samples else TO_THE_END

    def check(self, file: BinaryIO) -> None:
        """Refuse what libsndfile cannot decode."""
        stream = _stream_info(file)
        if stream is None:
            return
        try:
            metadata_blocks(file)
        except UnsupportedAudio as error:
            raise UnsupportedAudio(error.what, hint=_ANEW) from error
        first_at = file.tell()
        first, last = read_head(file, first_at), last_head(file, first_at)
        if not stream.samples and last is None:
            raise UnsupportedAudio("is a FLAC whose last frame is not whole", hint=_ANEW)
        if first is None or last is None:
            return
        if (first.rate_code, first.bits, first.channels) != (last.rate_code, last.bits, last.channels):
            raise UnsupportedAudio("is a FLAC whose sample format changes on the way", hint=_ANEW)
        held = samples_between(first, last, stream.block_size)
        if 0 < stream.samples < held:
            raise UnsupportedAudio(
                f"is a FLAC that holds {held} samples, of which its header states {stream.samples}", hint=_ANEW
            )

    def jumps(self, path: Path) -> bool:
        """Return False for what was cut out of another stream, and counts from there: libsndfile finds no place in it."""
        with place.open_file(path, "rb") as file:
            first_at = _frames_at(file)
            first = None if first_at is None else read_head(file, first_at)
        return first is None or not first.number

    def patches(self, file: BinaryIO) -> Sequence[Patch]:
        """Return STREAMINFO with the number of samples that there are, and with a number of bits that libsndfile reads.

        It decodes 12 and 20 bits as the frames tell them.
        """
        stream = _stream_info(file)
        if stream is None:
            return []
        samples, bits = stream.samples or _samples(file, stream) or 0, stream.bits
        if bits in _WIDER:
            metadata_blocks(file)
            first = read_head(file, file.tell())
            bits = _WIDER[bits] if first is not None and first.bits == bits else bits
        if (samples, bits) == (stream.samples, stream.bits):
            return []
        packed = stream.packed & ~(0x1F << 36 | 0xFFFFFFFFF) | (bits - 1) << 36 | samples
        return [(stream.start + 10, packed.to_bytes(8, "big"))]

    def copy(self, source: BinaryIO, target: BinaryIO, payload: Payload, provenance: Provenance) -> None:
        """Write the original's metadata, the encoded frames and the tags behind them; a seek table becomes padding."""
        encoded = payload.encoded
        assert encoded is not None
        blocks, encoded_blocks = metadata_blocks(source), metadata_blocks(encoded)
        if not any(block.kind == COMMENTS for block in blocks):
            comments = next((block.content for block in encoded_blocks if block.kind == COMMENTS), b"")
            blocks.append(MetadataBlock(COMMENTS, comments))
        changed = [_changed(block, encoded_blocks[0], provenance) for block in blocks]
        source.seek(0)
        target.write(source.read(_marker(source)))
        target.write(b"fLaC")
        for number, block in enumerate(changed):
            last = 0x80 if number == len(changed) - 1 else 0
            target.write(bytes([block.kind | last]) + len(block.content).to_bytes(3, "big") + block.content)
        while frames := encoded.read(BLOCK):
            target.write(frames)
        source.seek(end_of_audio(source))
        target.write(source.read())

    def wave_chunks(self, file: BinaryIO) -> Sequence[Chunk]:
        """Return the chunks of the WAV that was encoded, where `flac --keep-foreign-metadata` kept them.

        Each is an application block of its own named "riff"; that of the audio has its head only.
        """
        found = []
        for kind, start, size in _block_places(file):
            file.seek(start)
            name, chunk, stored = struct.unpack("<4s4sI", file.read(12)) if size >= 12 else (b"", b"", 0)
            if kind & 0x7F == APPLICATION and name == b"riff" and chunk not in (b"RIFF", b"RF64"):
                found.append(Chunk(chunk, start + 12, min(stored, size - 12), stored))
        return found

    def read_provenance(self, file: BinaryIO) -> Provenance | None:
        """Return the provenance in the comments."""
        comments = (block for block in metadata_blocks(file) if block.kind == COMMENTS)
        return next((provenance_in(block.content) for block in comments), None)


@dataclass(frozen=True)
class _StreamInfo:
    """What STREAMINFO (RFC 9639, 8.2) says, and its position in the file."""

    start: int
    block_size: int  # samples
    packed: int  # sample rate, channels, bits and samples, in 8 bytes

    @property
    def bits(self) -> int:
        """Bits per sample."""
        return (self.packed >> 36 & 0x1F) + 1

    @property
    def samples(self) -> int:
        """Samples per channel; 0 if they are not stated."""
        return self.packed & 0xFFFFFFFFF


def _marker(file: BinaryIO) -> int:
    """Return the position of the marker, behind an ID3v2 tag, and leave the file where it was."""
    before = file.tell()
    size = id3_size(file)
    file.seek(before)
    return size


def _stream_info(file: BinaryIO) -> _StreamInfo | None:
    """Return STREAMINFO, or None if the stream does not begin with a whole one."""
    start = _marker(file) + 8
    file.seek(start - 8)
    data = file.read(8 + 34)
    if len(data) < 8 + 34 or data[:4] != b"fLaC" or data[4] & 0x7F != STREAMINFO:
        return None
    content = data[8:]
    return _StreamInfo(start, int.from_bytes(content[:2], "big"), int.from_bytes(content[10:18], "big"))


def _samples(file: BinaryIO, stream: _StreamInfo) -> int | None:
    """Return the number of samples per channel that there are; None if the last frame is not whole."""
    first_at = _frames_at(file)
    first, last = (None, None) if first_at is None else (read_head(file, first_at), last_head(file, first_at))
    return None if first is None or last is None else samples_between(first, last, stream.block_size)


def _frames_at(file: BinaryIO) -> int | None:
    """Return where the first frame begins, without reading the metadata; None if no block is marked as the last one."""
    for kind, start, size in _block_places(file):
        if kind & 0x80:
            return start + size
    return None


def _block_places(file: BinaryIO) -> Iterator[tuple[int, int, int]]:
    """Yield type (and 0x80 for the last one), position of the content, and its size of each metadata block."""
    at = _marker(file) + 4
    for _ in range(MAX_BLOCKS):
        file.seek(at)
        head = file.read(4)
        if len(head) < 4:
            return
        size = int.from_bytes(head[1:], "big")
        yield head[0], at + 4, size
        if head[0] & 0x80:
            return
        at += 4 + size


def metadata_blocks(file: BinaryIO) -> list[MetadataBlock]:
    """Return all metadata blocks, and leave the file at its first frame.

    Raises:
        UnsupportedAudio: no block is marked as the last one.
    """
    file.seek(_marker(file) + 4)
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

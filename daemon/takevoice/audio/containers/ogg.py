"""Ogg (RFC 3533) with Vorbis or Opus (RFC 7845): another stream with the comments of the original."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from takevoice.audio.containers.chunks import file_size
from takevoice.audio.containers.comments import add_provenance, provenance_in
from takevoice.audio.containers.container import COMPLETE, Container
from takevoice.audio.containers.payload import Payload
from takevoice.audio.containers.provenance import Provenance
from takevoice.errors import UnsupportedAudio
from takevoice.settled import Completeness

MAX_HEADERS = 1 << 24  # bytes of the packets before the audio
_MAX_PAGE = 65_536  # bytes, rounded up
_CODECS = ((b"\x01vorbis", b"\x03vorbis", 3), (b"OpusHead", b"OpusTags", 2))
"""For each codec: the start of the first packet, the start of the comments, the number of packets before the audio."""
_FIRST, _LAST, _CONTINUED = 2, 4, 1  # flags of a page


class Ogg(Container):
    """Ogg."""

    name = "OGG"
    suffixes = frozenset({".ogg", ".oga", ".opus"})
    stores_samples = False

    def recognizes(self, head: bytes) -> bool:
        """Return True if the file begins with a page."""
        return head[:4] == b"OggS"

    def completeness(self, file: BinaryIO) -> Completeness:
        """Look for a page at the end that is whole, and marked as the last one."""
        file.seek(max(0, file_size(file) - _MAX_PAGE - 300))
        tail = file.read()
        page = tail[max(0, tail.rfind(b"OggS")) :]
        if len(page) >= 27 and page[5] & _LAST:
            lacing = page[27 : 27 + page[26]]
            if len(page) >= 27 + page[26] + sum(lacing):
                return COMPLETE
        return Completeness(False, "its last page is missing")

    def check(self, file: BinaryIO) -> None:
        """Refuse a chain of streams (RFC 3533, 4): libsndfile reads the first one only."""
        begun = streams(file)
        if begun > 1:
            raise UnsupportedAudio(
                f"holds {begun} streams, of which only the first one would be read",
                hint="`ffmpeg -i IN OUT.flac` joins those that follow one another",
            )

    def copy(self, source: BinaryIO, target: BinaryIO, payload: Payload, provenance: Provenance) -> None:
        """Write the encoded stream with the comments of the original."""
        assert payload.encoded is not None
        pages = _pages(payload.encoded)
        headers, serial = _headers(pages)
        comments = _comments(source)
        prefix = _comments_prefix(headers[0])
        if prefix is not None:
            own = headers[1][len(prefix) :]
            extended = add_provenance(own if comments is None else comments, provenance)
            headers[1] = prefix + extended + _framing_bit(prefix)
        for number, page in enumerate(itertools.chain(_header_pages(headers, serial), pages)):
            page.number = number
            target.write(page.packed())

    def read_provenance(self, file: BinaryIO) -> Provenance | None:
        """Return the provenance in the comments."""
        comments = _comments(file)
        return None if comments is None else provenance_in(comments)


@dataclass
class _Page:
    flags: int
    granule: bytes
    serial: bytes
    number: int
    lacing: bytes
    data: bytes

    def packed(self) -> bytes:
        head = (
            b"OggS\0" + bytes([self.flags]) + self.granule + self.serial + self.number.to_bytes(4, "little")
        )
        tail = bytes([len(self.lacing)]) + self.lacing + self.data
        return head + _checksum(head + bytes(4) + tail).to_bytes(4, "little") + tail


def _comments(file: BinaryIO) -> bytes | None:
    """Return the list of comments, or None if the codec is unknown."""
    try:
        headers, _ = _headers(_pages(file))
    except UnsupportedAudio:
        return None
    prefix = _comments_prefix(headers[0])
    if prefix is None or not headers[1].startswith(prefix):
        return None
    return headers[1][len(prefix) :].removesuffix(_framing_bit(prefix))


def _comments_prefix(first_packet: bytes) -> bytes | None:
    return next((comments for start, comments, _ in _CODECS if first_packet.startswith(start)), None)


def _framing_bit(prefix: bytes) -> bytes:
    return b"\x01" if prefix == b"\x03vorbis" else b""


def _pages(file: BinaryIO) -> Iterator[_Page]:
    file.seek(0)
    while (head := file.read(27))[:4] == b"OggS" and len(head) == 27:
        lacing = file.read(head[26])
        data = file.read(sum(lacing))
        yield _Page(head[5], head[6:14], head[14:18], int.from_bytes(head[18:22], "little"), lacing, data)


def streams(file: BinaryIO) -> int:
    """Return the number of logical streams, side by side or one after another; only the heads of pages are read."""
    at, end, begun = 0, file_size(file), 0
    while at < end:
        file.seek(at)
        head = file.read(27 + 255)
        if head[:4] != b"OggS" or len(head) < 27:
            break
        begun += bool(head[5] & _FIRST)
        at += 27 + head[26] + sum(head[27 : 27 + head[26]])
    return begun


def _headers(pages: Iterator[_Page]) -> tuple[list[bytes], bytes]:
    """Consume the pages before the audio; return their packets, and the serial number of the stream.

    Raises:
        UnsupportedAudio: the codec is unknown, or the headers do not end.
    """
    packets: list[bytes] = []
    rest, serial = b"", b""
    wanted, size = 1, 0
    for page in pages:
        serial = serial or page.serial
        at = 0
        for lace in page.lacing:
            rest += page.data[at : at + lace]
            at += lace
            if lace < 255:
                packets.append(rest)
                rest = b""
        if packets:
            wanted = next((count for start, _, count in _CODECS if packets[0].startswith(start)), 0)
        size += len(page.data)
        if not wanted or size > MAX_HEADERS:
            break
        if len(packets) == wanted and not rest:
            return packets, serial
    raise UnsupportedAudio("is an Ogg stream of a kind that cannot be written back")


def _header_pages(headers: Sequence[bytes], serial: bytes) -> Iterator[_Page]:
    """Yield a page for the first packet, and further pages for the others (Vorbis I, A.2; RFC 7845, 3)."""
    yield _Page(_FIRST, bytes(8), serial, 0, bytes([len(headers[0])]), headers[0])
    lacing = b""
    for packet in headers[1:]:
        lacing += b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255])
    data = b"".join(headers[1:])
    flags = 0
    while lacing:
        part, lacing = lacing[:255], lacing[255:]
        size = sum(part)
        packet_ends = any(lace < 255 for lace in part)
        yield _Page(flags, bytes(8) if packet_ends else b"\xff" * 8, serial, 0, part, data[:size])
        data = data[size:]
        flags = _CONTINUED if part[-1] == 255 else 0


_MIRRORED = bytes(int(f"{value:08b}"[::-1], 2) for value in range(256))


def _checksum(data: bytes) -> int:
    """Return the checksum of a page (RFC 3533, 6): zlib's CRC with reversed bits, starting at 0 and not inverted."""
    crc = zlib.crc32(data.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(crc.to_bytes(4, "little").translate(_MIRRORED), "big")

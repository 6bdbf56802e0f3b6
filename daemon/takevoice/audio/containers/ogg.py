"""Ogg (RFC 3533) with Vorbis or Opus (RFC 7845): another stream with the comments of the original."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from takevoice.audio.containers.chunks import file_size
from takevoice.audio.containers.comments import add_provenance, provenance_in
from takevoice.audio.containers.container import COMPLETE, TO_THE_END, Container
from takevoice.audio.containers.payload import Payload
from takevoice.audio.containers.provenance import Provenance
from takevoice.errors import UnsupportedAudio
from takevoice.settled import Completeness

MAX_HEADERS = 1 << 24  # bytes of the packets before the audio
_MAX_PAGE = 65_536  # bytes, rounded up
_CODECS = ((b"\x01vorbis", b"\x03vorbis", 3), (b"OpusHead", b"OpusTags", 2))
"""For each codec: the start of the first packet, the start of the comments, the number of packets before the audio."""
_LOOKS = 16  # places at which a file is looked at
_FIRST, _LAST, _CONTINUED = 2, 4, 1  # flags of a page


class Ogg(Container):
    """Ogg."""

    name = "OGG"
    seeks_exactly = False  # Opus, where it starts in the middle; Vorbis (libsndfile 1.2.2), where it was read before
    suffixes = frozenset({".ogg", ".oga", ".opus"})
    stores_samples = False

    def recognizes(self, head: bytes) -> bool:
        """Return True if the file begins with a page."""
        return head[:4] == b"OggS"

    def completeness(self, file: BinaryIO) -> Completeness:
        """Look for a page at the end that is whole, and marked as the last one."""
        page = _last_page(file)
        if len(page) < 27 or len(page) < 27 + page[26] + sum(page[27 : 27 + page[26]]):
            return Completeness(False, "its last page is missing")
        # A program that was ended, or records without an end, marks no page.
        return COMPLETE if page[5] & _LAST else TO_THE_END

    def check(self, file: BinaryIO) -> None:
        """Refuse a chain of streams: libsndfile reads the first one only."""
        if is_chained(file):
            raise UnsupportedAudio(
                "holds several streams one after the other, of which only the first would be read",
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
    at = _page_at(file, 0)
    while at is not None:
        head = file.read(27)
        lacing = file.read(head[26])
        data = file.read(sum(lacing))
        yield _Page(head[5], head[6:14], head[14:18], int.from_bytes(head[18:22], "little"), lacing, data)
        at = _page_at(file, at + 27 + len(lacing) + len(data))


def _page_at(file: BinaryIO, at: int) -> int | None:
    """Go to the next page, over what is none (RFC 3533, 3), and return its position; None if there is no whole head."""
    file.seek(at)
    if file.read(4) != b"OggS":
        file.seek(at)
        skipped = file.read(2 * _MAX_PAGE).find(b"OggS")
        if skipped < 0:
            return None
        at += skipped
    file.seek(at + 26)
    whole = len(file.read(1)) == 1
    file.seek(at)
    return at if whole else None


def is_chained(file: BinaryIO) -> bool:
    """Return True if another stream follows one that has ended (RFC 3533, 4).

    Streams side by side also have several serial numbers, but all of them begin before anything else. The heads of all
    pages are read only where a few of them are not of one stream, counted from its beginning to its end.
    """
    size = file_size(file)
    found = [head for k in range(_LOOKS) if (head := _head_at(file, size * k // _LOOKS))] + [_last_page(file)[:27]]
    numbers = [int.from_bytes(head[18:22], "little") for head in found]
    is_one = len({head[14:18] for head in found}) == 1 and numbers == sorted(numbers)
    return not is_one and _begins_later(file)


def _head_at(file: BinaryIO, at: int) -> bytes:
    """Return the head of the next page; empty if there is none near."""
    return b"" if _page_at(file, at) is None else file.read(27)


def _begins_later(file: BinaryIO) -> bool:
    beginning, at = True, _page_at(file, 0)
    while at is not None:
        head = file.read(27 + 255)
        begins = bool(head[5] & _FIRST)
        if begins and not beginning:
            return True
        beginning = begins
        at = _page_at(file, at + 27 + head[26] + sum(head[27 : 27 + head[26]]))
    return False


def _last_page(file: BinaryIO) -> bytes:
    """Return what follows the last mark of a page; empty if there is none at the end."""
    file.seek(max(0, file_size(file) - _MAX_PAGE - 300))
    tail = file.read()
    at = tail.rfind(b"OggS")
    return tail[at:] if at >= 0 else b""


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

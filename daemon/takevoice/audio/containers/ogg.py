"""Ogg (RFC 3533) with Vorbis, Opus (RFC 7845) or FLAC in it: another stream with the original's comments."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from takevoice.audio.containers.comments import note_in, with_note
from takevoice.audio.containers.provenance import Provenance
from takevoice.errors import UnsupportedAudio

MAX_HEADERS = 1 << 24  # bytes of the packets before the audio
_KINDS = ((b"\x01vorbis", b"\x03vorbis", 3), (b"OpusHead", b"OpusTags", 2))
"""How the first packet and the comments of a codec begin, and how many packets there are before the audio."""


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
        return head + _crc(head + bytes(4) + tail).to_bytes(4, "little") + tail


def is_ogg(magic: bytes) -> bool:
    """True for the first bytes of an Ogg."""
    return magic[:4] == b"OggS"


def copy_ogg(source: BinaryIO, target: BinaryIO, encoded: BinaryIO, note: Provenance) -> None:
    """Writes the stream `encoded` with the comments of the original, and the note among them."""
    pages = _pages(encoded)
    headers, first = _headers(pages)
    comments = _comments_of(source)
    prefix = _prefix(headers[0])
    if prefix is not None:
        own = headers[1][len(prefix) :]
        headers[1] = prefix + with_note(own if comments is None else comments, note) + _framing_bit(prefix)
    number = 0
    for page in _paged(headers, first[0].serial):
        page.number = number
        target.write(page.packed())
        number += 1
    for page in (*first[1:], *pages):
        page.number = number
        target.write(page.packed())
        number += 1


def note_of_ogg(source: BinaryIO) -> Provenance | None:
    """The note in an Ogg."""
    comments = _comments_of(source)
    return None if comments is None else note_in(comments)


def _comments_of(file: BinaryIO) -> bytes | None:
    """The list of comments; None in a codec that is not known here."""
    try:
        headers, _ = _headers(_pages(file))
    except UnsupportedAudio:
        return None
    prefix = _prefix(headers[0])
    if prefix is None or not headers[1].startswith(prefix):
        return None
    return headers[1][len(prefix) :].removesuffix(_framing_bit(prefix))


def _prefix(first: bytes) -> bytes | None:
    return next((comments for begins, comments, _ in _KINDS if first.startswith(begins)), None)


def _framing_bit(prefix: bytes) -> bytes:
    return b"\x01" if prefix == b"\x03vorbis" else b""


def _pages(file: BinaryIO) -> Iterator[_Page]:
    file.seek(0)
    while (head := file.read(27))[:4] == b"OggS" and len(head) == 27:
        lacing = file.read(head[26])
        data = file.read(sum(lacing))
        yield _Page(head[5], head[6:14], head[14:18], int.from_bytes(head[18:22], "little"), lacing, data)


def _headers(pages: Iterator[_Page]) -> tuple[list[bytes], list[_Page]]:
    """The packets before the audio, and the first page and those that begin the audio.

    Raises:
        UnsupportedAudio: this is no stream of a known codec, or its headers do not end.
    """
    packets: list[bytes] = []
    rest = b""
    first: list[_Page] = []
    wanted = 1
    size = 0
    for page in pages:
        first = first or [page]
        at = 0
        for lace in page.lacing:
            rest += page.data[at : at + lace]
            at += lace
            if lace < 255:
                packets.append(rest)
                rest = b""
        if len(packets) >= 1:
            wanted = next((count for begins, _, count in _KINDS if packets[0].startswith(begins)), 0)
        size += len(page.data)
        if not wanted or size > MAX_HEADERS:
            break
        if len(packets) == wanted and not rest:
            return packets, first
    raise UnsupportedAudio("is an Ogg stream of a kind that cannot be written back")


def _paged(headers: list[bytes], serial: bytes) -> Iterator[_Page]:
    """The first packet on a page of its own, then the others, ending with a page (Vorbis I, A.2; RFC 7845, 3)."""
    yield _Page(2, bytes(8), serial, 0, bytes([len(headers[0])]), headers[0])
    lacing = b""
    for packet in headers[1:]:
        lacing += b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255])
    data = b"".join(headers[1:])
    continued = 0
    while lacing:
        part, lacing = lacing[:255], lacing[255:]
        size = sum(part)
        ends = any(lace < 255 for lace in part)
        yield _Page(continued, bytes(8) if ends else b"\xff" * 8, serial, 0, part, data[:size])
        data = data[size:]
        continued = 1 if part[-1] == 255 else 0


_MIRRORED = bytes(int(f"{value:08b}"[::-1], 2) for value in range(256))


def _crc(data: bytes) -> int:
    """The checksum of a page (RFC 3533, 6): the CRC of zlib with the bits the other way round, from 0 and not inverted."""
    crc = zlib.crc32(data.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(crc.to_bytes(4, "little").translate(_MIRRORED), "big")

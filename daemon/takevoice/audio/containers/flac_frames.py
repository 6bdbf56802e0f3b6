"""The frames of a FLAC stream (RFC 9639, 9.1 to 9.3): where the first begins, and where the last one ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from takevoice.audio.containers.tags_behind import end_of_audio

_WINDOW = 1 << 21  # bytes: more than a frame of eight channels of 32 bits and 65,535 samples needs
_LONGEST_HEAD = 16  # bytes
_SAMPLES = {1: 192, **{code: 576 << (code - 2) for code in range(2, 6)}}
_SAMPLES |= {code: 256 << (code - 8) for code in range(8, 16)}
_RATE_BYTES = {12: 1, 13: 2, 14: 2}
_BITS = {1: 8, 2: 12, 4: 16, 5: 20, 6: 24, 7: 32}


@dataclass(frozen=True)
class FrameHead:
    """The head of a frame."""

    variable: bool  # the number counts samples, else frames
    number: int
    samples: int  # per channel
    bits: int  # per sample; 0: only STREAMINFO tells
    rate_code: int  # the four bits that tell the sample rate
    channels: int


def parse_head(data: bytes) -> FrameHead | None:
    """Return the head at the start of the bytes, or None if there is none: its checksum does not fit."""
    if len(data) < 6 or data[0] != 0xFF or data[1] & 0xFE != 0xF8:
        return None
    size_code, rate_code = data[2] >> 4, data[2] & 15
    coded = _coded_number(data[4:11])
    if coded is None:
        return None
    number, length = coded
    at = 4 + length
    size_bytes = {6: 1, 7: 2}.get(size_code, 0)
    samples = _SAMPLES.get(size_code) or int.from_bytes(data[at : at + size_bytes], "big") + 1
    at += size_bytes + _RATE_BYTES.get(rate_code, 0)
    if at >= len(data) or size_code == 0 or _crc(data[:at], 0x07, 8) != data[at]:
        return None
    assignment = data[3] >> 4
    channels = assignment + 1 if assignment < 8 else 2
    return FrameHead(bool(data[1] & 1), number, samples, _BITS.get(data[3] >> 1 & 7, 0), rate_code, channels)


def read_head(file: BinaryIO, at: int) -> FrameHead | None:
    """Return the head of the frame at a position, or None if no frame begins there."""
    file.seek(at)
    return parse_head(file.read(_LONGEST_HEAD))


def last_head(file: BinaryIO, first_at: int) -> FrameHead | None:
    """Return the head of the last frame; None if there is none that is whole from `first_at` on."""
    end = end_of_audio(file)
    start = max(first_at, end - _WINDOW)
    file.seek(start)
    tail = file.read(max(0, end - start))
    at = len(tail)
    while (at := tail.rfind(b"\xff", 0, at)) >= 0:
        last = parse_head(tail[at : at + _LONGEST_HEAD])
        if last is not None and _crc(tail[at:], 0x8005, 16) == 0:
            return last
    return None


def samples_between(first: FrameHead, last: FrameHead, block_size: int) -> int:
    """Return the number of samples per channel in two frames and between them.

    `block_size` is that of streams whose frames are numbered.
    """
    unit = 1 if last.variable else block_size
    return (last.number - first.number) * unit + last.samples


def _coded_number(data: bytes) -> tuple[int, int] | None:
    """Return a number in the coding of UTF-8, extended to 36 bits, and its length in bytes."""
    if not data:
        return None
    if data[0] < 0x80:
        return data[0], 1
    length = 8 - (~data[0] & 0xFF).bit_length()
    if not 2 <= length <= 7 or len(data) < length:
        return None
    number = data[0] & (0x7F >> length)
    for each in data[1:length]:
        if each & 0xC0 != 0x80:
            return None
        number = number << 6 | each & 0x3F
    return number, length


def _table(polynomial: int, bits: int) -> list[int]:
    top, mask = 1 << (bits - 1), (1 << bits) - 1
    values = []
    for value in range(256):
        crc = value << (bits - 8)
        for _ in range(8):
            crc = (crc << 1 ^ (polynomial if crc & top else 0)) & mask
        values.append(crc)
    return values


_TABLES = {(0x07, 8): _table(0x07, 8), (0x8005, 16): _table(0x8005, 16)}


def _crc(data: bytes, polynomial: int, bits: int) -> int:
    """Return a checksum as FLAC computes it: most significant bit first, starting at 0."""
    table, mask, shift = _TABLES[polynomial, bits], (1 << bits) - 1, bits - 8
    crc = 0
    for each in data:
        crc = (crc << 8 ^ table[crc >> shift ^ each]) & mask
    return crc

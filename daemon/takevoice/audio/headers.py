"""Does a file's header agree with its size? Told from a few hundred bytes, without decoding anything.

Formats: RIFF/WAVE and RF64 (EBU Tech 3306), BW64 (ITU-R BS.2088), Sony Wave64, AIFF/AIFF-C (Apple 1991),
FLAC (RFC 9639), Ogg (RFC 3533), Core Audio Format (Apple).
"""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import BinaryIO

from takevoice.settled import Completeness, Problem

MAX_CHUNKS = 10_000
_W64_RIFF = b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00"
_W64_DATA = b"data\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a"
_UNKNOWN_32 = 0xFFFFFFFF


COMPLETE = Completeness(True)
NO_SIZE = Completeness(False, "its header does not tell the length yet")
NO_DATA = Completeness(False, "it holds no audio yet")


def completeness(path: Path) -> Completeness:
    """Looks at the header of an audio file.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size == 0:
            return Completeness(False, "it is empty (0 bytes)", Problem.EMPTY)
        magic = file.read(16)
        if magic[:4] in (b"RIFF", b"RIFX", b"RF64", b"BW64") and magic[8:12] == b"WAVE":
            return _wave(file, size, magic[:4])
        if magic[:4] == b"FORM" and magic[8:12] in (b"AIFF", b"AIFC"):
            return _chunks(file, size, 12, b"SSND", ">4sI")
        if magic == _W64_RIFF:
            return _wave64(file, size)
        if magic[:4] == b"fLaC":
            return _flac(file)
        if magic[:4] == b"OggS":
            return _ogg(file, size)
        if magic[:4] == b"caff":
            return _chunks(file, size, 8, b"data", ">4sq")
    return Completeness(False, "it is no audio file that takevoice knows", Problem.NOT_AUDIO)


def _ends(end: int, size: int) -> Completeness:
    if end <= size:
        return COMPLETE
    return Completeness(False, f"its header promises {end:,} bytes, the file has {size:,}")


def _chunks(file: BinaryIO, size: int, start: int, wanted: bytes, layout: str, pad: int = 2) -> Completeness:
    """Walks the chunks up to the one that holds the audio."""
    position, head = start, struct.calcsize(layout)
    for _ in range(MAX_CHUNKS):
        if position > size:
            break
        file.seek(position)
        raw = file.read(head)
        if len(raw) < head:
            return NO_DATA
        name, length = struct.unpack(layout, raw)
        if name == wanted:
            if length == -1:
                return Completeness(None)
            return NO_SIZE if length in (0, _UNKNOWN_32) else _ends(position + head + length, size)
        if length < 0:
            break
        position += head + length + (-length % pad if layout != ">4sq" else 0)
    return NO_DATA


def _wave(file: BinaryIO, size: int, magic: bytes) -> Completeness:
    if magic in (b"RF64", b"BW64"):
        file.seek(12)
        name, _, _, data_size = struct.unpack("<4sIQQ", file.read(24).ljust(24, b"\0"))
        if name != b"ds64" or data_size == 0:
            return NO_SIZE
        position = 12
        for _ in range(MAX_CHUNKS):
            if position > size:
                break
            file.seek(position)
            raw = file.read(8)
            if len(raw) < 8:
                return NO_DATA
            name, length = struct.unpack("<4sI", raw)
            if name == b"data":
                return _ends(position + 8 + (data_size if length == _UNKNOWN_32 else length), size)
            position += 8 + length + length % 2
        return NO_DATA
    order = ">" if magic == b"RIFX" else "<"
    file.seek(4)
    (riff_size,) = struct.unpack(f"{order}I", file.read(4))
    if riff_size in (0, _UNKNOWN_32):
        return NO_SIZE
    return _chunks(file, size, 12, b"data", f"{order}4sI")


def _wave64(file: BinaryIO, size: int) -> Completeness:
    position = 40
    for _ in range(MAX_CHUNKS):
        if position > size:
            break
        file.seek(position)
        raw = file.read(24)
        if len(raw) < 24:
            return NO_DATA
        name, length = raw[:16], int.from_bytes(raw[16:], "little")
        if name == _W64_DATA:
            return NO_SIZE if length <= 24 else _ends(position + length, size)
        if length < 24:
            return NO_SIZE
        position += length + -length % 8
    return NO_DATA


def _flac(file: BinaryIO) -> Completeness:
    """STREAMINFO comes first; its 36-bit count of samples is written when the encoder ends."""
    file.seek(8)
    info = file.read(34)
    if len(info) < 34:
        return NO_DATA
    samples = int.from_bytes(info[13:18], "big") & 0xFFFFFFFFF
    return COMPLETE if samples else NO_SIZE


def _ogg(file: BinaryIO, size: int) -> Completeness:
    """The last page carries the end-of-stream flag, and is all there."""
    file.seek(max(0, size - 65_536 - 300))
    tail = file.read()
    page = tail[max(0, tail.rfind(b"OggS")) :]
    if len(page) >= 27 and page[5] & 4:
        segments = page[27 : 27 + page[26]]
        if len(page) >= 27 + page[26] + sum(segments):
            return COMPLETE
    return Completeness(False, "its last page is missing")

"""Files with no audio yet, to be copied with it: for results whose take cannot be copied itself."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

from takevoice.audio.sample_formats import BITS
from takevoice.audio.wave_format import format_chunk, needs_fact
from takevoice.jobs import Take
from takevoice.system import place

_BEXT = struct.Struct("<256s32s32s10s8sQH64s10s180s")  # EBU Tech 3285, version 2
_NOT_SET = b"\xff\x7f" * 5  # loudness values


def write_blank_wav(take: Take, start: Fraction | None, path: Path) -> None:
    """Write a WAV, or an RF64 where `take`, the shape of the result, says so, with room for its audio.

    `start` is when the take starts, in seconds since midnight: it becomes the TimeReference. The samples are a hole in
    the file, which takes no space on most disks.

    Raises:
        OSError: it cannot be written.
    """
    subtype = take.subtype
    bits = BITS[subtype]
    size = take.frames * take.channels * bits // 8
    chunks = _chunk(b"fmt ", format_chunk(take))
    if needs_fact(subtype):
        chunks += _chunk(b"fact", struct.pack("<I", min(take.frames, 0xFFFFFFFF)))
    if start is not None:
        chunks += _chunk(b"bext", new_bext(take, start))
    large = take.container == "RF64"
    with place.open_file(path, "wb") as file:
        _write(file, chunks, size, take.frames, large=large)


def new_bext(take: Take, start: Fraction) -> bytes:
    """Return a bext chunk for audio of a take that begins so many seconds after midnight."""
    samples = max(0, round(start * take.sample_rate))
    description = f"from {take.path.name}".encode("ascii", "replace")[:256]
    return _BEXT.pack(description, b"takevoice", b"", b"", b"", samples, 2, b"", _NOT_SET, b"")


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def _write(file: BinaryIO, chunks: bytes, size: int, frames: int, *, large: bool) -> None:
    sizes = _chunk(b"ds64", bytes(28)) if large else b""
    riff = 4 + len(sizes) + len(chunks) + 8 + size + size % 2
    if large:
        sizes = _chunk(b"ds64", struct.pack("<QQQI", riff, size, frames, 0))
    file.write((b"RF64" if large else b"RIFF") + struct.pack("<I", 0xFFFFFFFF if large else riff) + b"WAVE" + sizes)
    file.write(chunks + b"data" + struct.pack("<I", 0xFFFFFFFF if large else size))
    file.truncate(file.tell() + size + size % 2)

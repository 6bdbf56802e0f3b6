"""The tags that programs append to any kind of file: ID3v1 (id3.org), and APE version 2 before it."""

from __future__ import annotations

from typing import BinaryIO

from takevoice.audio.containers.chunks import file_size

_ID3V1, _FOOTER = 128, 32  # bytes


def end_of_audio(file: BinaryIO) -> int:
    """Return where the tags at the end of a file begin; its size if there are none."""
    end = file_size(file)
    file.seek(max(0, end - _ID3V1))
    if end >= _ID3V1 and file.read(3) == b"TAG":
        end -= _ID3V1
    file.seek(max(0, end - _FOOTER))
    footer = file.read(_FOOTER)
    if len(footer) == _FOOTER and footer[:8] == b"APETAGEX":
        has_header = int.from_bytes(footer[20:24], "little") >> 31
        size = int.from_bytes(footer[12:16], "little") + _FOOTER * has_header
        end = end - size if _FOOTER <= size <= end else end
    return end

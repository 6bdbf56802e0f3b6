"""The chunk fmt of a WAV (Microsoft: WAVEFORMATEX, WAVEFORMATEXTENSIBLE). Pure."""

from __future__ import annotations

import struct

from takevoice.audio.containers.payload import ByteOrder
from takevoice.audio.sample_formats import BITS, LAWS
from takevoice.jobs import Take

_PCM, _FLOAT, _ALAW, _ULAW, _EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
_TAGS = {"FLOAT": _FLOAT, "DOUBLE": _FLOAT, "ALAW": _ALAW, "ULAW": _ULAW}
_GUID_END = bytes.fromhex("000000001000800000aa00389b71")  # of those that stand for a tag
_ARROWS = {"little": "<", "big": ">"}
_BASIC, _MASK = 16, slice(20, 24)


def needs_fact(subtype: str) -> bool:
    """Return True for sample formats whose files need a chunk fact: all but integers."""
    return subtype in _TAGS


def format_chunk(take: Take, mask: int = 0, order: ByteOrder = "little") -> bytes:
    """Return the format of a take in one of the formats of `BITS`, with dwChannelMask where it is not 0."""
    bits = BITS[take.subtype]
    frame = take.channels * bits // 8
    tag = _TAGS.get(take.subtype, _PCM)
    shape = take.channels, take.sample_rate, take.sample_rate * frame, frame, bits
    if not mask:
        end = bytes(2) if take.subtype in LAWS else b""
        return struct.pack(f"{_ARROWS[order]}HHIIHH", tag, *shape) + end
    return struct.pack(f"{_ARROWS[order]}HHIIHHHHIH", _EXTENSIBLE, *shape, 22, bits, mask, tag) + _GUID_END


def with_channels(
    content: bytes, take: Take, channels: int, is_picked: bool, order: ByteOrder
) -> bytes | None:
    """Return the take's own chunk fmt, for so many channels; None where it does not say what the samples are.

    Channels that were picked have no loudspeakers any more.
    """
    arrow = _ARROWS[order]
    if len(content) < _BASIC or take.subtype not in BITS:
        return None
    tag, stated, rate, _, frame, bits = struct.unpack(f"{arrow}HHIIHH", content[:_BASIC])
    width = BITS[take.subtype] // 8
    right = stated == take.channels and rate == take.sample_rate and frame == width * stated
    if not right or not 8 * (width - 1) < bits <= 8 * width or tag not in (_PCM, _EXTENSIBLE, *_TAGS.values()):
        return None
    head = struct.pack(f"{arrow}HHIIHH", tag, channels, rate, rate * width * channels, width * channels, bits)
    kept = bytearray(head + content[_BASIC:])
    if tag == _EXTENSIBLE and is_picked and len(kept) >= _MASK.stop:
        kept[_MASK] = bytes(4)
    return bytes(kept)

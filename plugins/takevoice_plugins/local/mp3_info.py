"""The Info frame that tells decoders the exact length of an MP3, for bit rates at which LAME's own does not fit.

Layout: the Xing header with LAME's extension (gabriel.mp3-tech.org/mp3infotag.html), here without the table of contents.
"""

from __future__ import annotations

import struct

KBPS = {
    1: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
RATES = {1: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000)}
OWN = 156  # bytes of LAME's header with its table of contents; it leaves it out of frames without room for it
DELAY = 576  # samples, LAME's
FRAMES_AND_BYTES = 3


def info_frame(first: bytes, size: int, length: int) -> bytes:
    """A frame to put before a mono MP3 that begins with the header `first`; nothing where LAME has put its own.

    `size` is that of the MP3 in bytes, `length` the samples that were encoded.
    """
    if len(first) < 4 or first[0] != 0xFF or first[1] & 0xE0 != 0xE0:
        return b""
    version = 1 if first[1] & 0x08 else 2
    kbps = KBPS[version][first[2] >> 4]
    rate = RATES[version][(first[2] >> 2) & 3]
    side, spread = (17, 144) if version == 1 else (9, 72)
    whole = spread * 1000 * kbps // rate
    if whole >= 4 + side + OWN:
        return b""
    samples = 8 * spread
    # Padding bytes make some frames longer by one; the mean is exact.
    frames = round(size * rate / (spread * 1000 * kbps))
    padding = max(0, min(4095, frames * samples - length - DELAY))
    # No checksum, no padding byte.
    header = bytes([first[0], first[1] | 1, first[2] & ~2, first[3]])
    tag = b"Info" + struct.pack(">III", FRAMES_AND_BYTES, frames, size + whole)
    gapless = (DELAY << 12 | padding).to_bytes(3, "big")
    lame = b"LAME3.100" + bytes([1]) + bytes(9) + bytes([0, kbps]) + gapless + bytes(4)
    lame += struct.pack(">I", size + whole) + bytes(2)
    body = header + bytes(side) + tag + lame
    return (body + _crc16(body).to_bytes(2, "big")).ljust(whole, b"\0")


def _crc16(data: bytes) -> int:
    """CRC-16 with the polynomial x^16 + x^15 + x^2 + 1, reflected, beginning with 0."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc

"""The Info frame of an MP3, which gives decoders its exact length.

LAME writes it after the audio, or not at all if its table of contents does not fit. At a constant bit rate
everything in it follows from the length, so here it is written first. Format: the Xing header with LAME's extension
(gabriel.mp3-tech.org/mp3infotag.html), without the table of contents.
"""

from __future__ import annotations

import struct

KBPS = {
    1: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
RATES = {1: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000)}
SYNC = {1: 0xFB, 2: 0xF3}  # layer III without checksum
MONO_ORIGINAL = 0xC4
SIDE = {1: 17, 2: 9}  # bytes of side information of a mono frame
OWN = 156  # bytes of LAME's header with its table of contents; LAME omits it if the frame is smaller
DELAY = 576  # samples, LAME's
MIN_PADDING = 576  # samples
FRAMES_AND_BYTES = 3


def info_frame(sample_rate: int, kbps: int, length: int) -> bytes:
    """Return the first frame of a mono MP3 of constant bit rate with `length` samples."""
    version = _version(sample_rate)
    samples = 1152 if version == 1 else 576  # per frame
    whole, rest = divmod(samples // 8 * 1000 * kbps, sample_rate)
    padding = samples - (length + DELAY) % samples
    padding += samples if padding < MIN_PADDING else 0
    frames = (length + DELAY + padding) // samples
    # If a frame is not a whole number of bytes, some have one more, so that the mean is exact.
    longer = -(-(frames - 1) * rest // sample_rate)
    size = whole + frames * whole + longer
    rates = RATES[version].index(sample_rate)
    header = bytes([0xFF, SYNC[version], KBPS[version].index(kbps) << 4 | rates << 2, MONO_ORIGINAL])
    tag = b"Info" + struct.pack(">III", FRAMES_AND_BYTES, frames, size)
    gapless = (DELAY << 12 | padding).to_bytes(3, "big")
    lame = b"LAME3.100" + bytes([1]) + bytes(9) + bytes([0, min(kbps, 255)]) + gapless + bytes(4)
    lame += struct.pack(">I", size) + bytes(2)
    body = header + bytes(SIDE[version]) + tag + lame
    return (body + _crc16(body).to_bytes(2, "big")).ljust(whole, b"\0")


def own_frame(sample_rate: int, kbps: int) -> int:
    """Return the size in bytes of the frame that LAME reserves at the start for its own Info frame.

    0 if none.
    """
    version = _version(sample_rate)
    whole = (144 if version == 1 else 72) * 1000 * kbps // sample_rate
    return whole if whole >= 4 + SIDE[version] + OWN else 0


def _version(sample_rate: int) -> int:
    """Return 1 for MPEG-1 (32 kHz and above) or 2 for MPEG-2."""
    return 1 if sample_rate in RATES[1] else 2


def _crc16(data: bytes) -> int:
    """Return the CRC-16 with polynomial x^16 + x^15 + x^2 + 1, reflected, initial value 0."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc

"""Sample formats: rounding, dithering and packing of floating-point audio."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from takevoice.audio.containers.payload import ByteOrder

Samples = npt.NDArray[np.float64]

BITS = {"PCM_S8": 8, "PCM_U8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32, "FLOAT": 32, "DOUBLE": 64}
"""Bits per sample of the formats, by soundfile's names, whose samples are stored as they are."""
_PCM_BITS = {name: bits for name, bits in BITS.items() if name.startswith("PCM_")} | {"ALAC_16": 16}
_DITHERED = 16  # bits: the finest format that is dithered


def pcm_bits(subtype: str) -> int | None:
    """Return the bits per sample of a format that stores integers, or None for any other format."""
    return _PCM_BITS.get(subtype)


def needs_dither(subtype: str) -> bool:
    """Return True for integer formats of 16 bits or fewer."""
    return _PCM_BITS.get(subtype, 32) <= _DITHERED


def dithered(block: Samples, bits: int, random: np.random.Generator) -> Samples:
    """Add triangular noise of one step in both directions, except to silence and to blocks that fit exactly."""
    scaled = block * 2.0 ** (bits - 1)
    if np.array_equal(scaled, np.rint(scaled)):
        return block
    noise = random.random(block.shape) - random.random(block.shape)
    return np.where(block == 0, 0, scaled + noise) / 2.0 ** (bits - 1)


def to_pcm(block: Samples, subtype: str) -> Samples | npt.NDArray[np.int32]:
    """Round and clip samples for an integer format, left-aligned in 32 bits; libsndfile alone would floor them.

    Samples for any other format are returned as they are.
    """
    bits = _PCM_BITS.get(subtype)
    if bits is None:
        return block
    scale = 2.0 ** (bits - 1)
    rounded = np.clip(np.rint(block * scale), -scale, scale - 1).astype(np.int64)
    return (rounded << (32 - bits)).astype(np.int32)


def packed(block: Samples, subtype: str, order: ByteOrder) -> bytes:
    """Return the bytes of a block of shape (frames, channels) in one of the formats in `BITS`, interleaved."""
    arrow = "<" if order == "little" else ">"
    if subtype in ("FLOAT", "DOUBLE"):
        return block.astype(f"{arrow}f{BITS[subtype] // 8}").tobytes()
    bits = BITS[subtype]
    values = to_pcm(block, subtype) >> (32 - bits)  # type: ignore[operator]
    if subtype == "PCM_U8":
        return (values + 128).astype(np.uint8).tobytes()
    if bits != 24:
        return values.astype(f"{arrow}i{bits // 8}").tobytes()
    octets = values.astype(f"{arrow}i4").view(np.uint8).reshape(-1, 4)
    return octets[:, :3].tobytes() if order == "little" else octets[:, 1:].tobytes()

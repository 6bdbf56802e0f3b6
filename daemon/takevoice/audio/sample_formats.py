"""Sample formats: rounding, dithering and packing of floating-point audio."""

from __future__ import annotations

import io
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile

from takevoice.audio.containers.payload import ByteOrder

Samples = npt.NDArray[np.float64]
Audio = npt.NDArray[Any]
"""Float32 or float64 samples, full scale at 1.0."""

BITS = {
    "PCM_S8": 8,
    "PCM_U8": 8,
    "PCM_16": 16,
    "PCM_24": 24,
    "PCM_32": 32,
    "FLOAT": 32,
    "DOUBLE": 64,
    "ULAW": 8,
    "ALAW": 8,
}
"""Bits per sample of the formats, by soundfile's names, in which each sample is stored by itself."""
FIXED_RATE = frozenset({"IMA_ADPCM", "MS_ADPCM", "GSM610"})
"""Formats that store a fixed number of samples in each block."""
LAWS = frozenset({"ULAW", "ALAW"})
"""Those of them whose samples are logarithms (ITU-T G.711)."""
_PCM_BITS = {name: bits for name, bits in BITS.items() if name.startswith("PCM_")} | {
    "ALAC_16": 16,
    "ALAC_20": 20,
    "ALAC_24": 24,
    "ALAC_32": 32,
}
_DITHERED = 16  # bits: the finest format that is dithered
_EXACT = 24  # bits that a float32 holds


def pcm_bits(subtype: str) -> int | None:
    """Return the bits per sample of a format that stores integers, or None for any other format."""
    return _PCM_BITS.get(subtype)


def is_exact_in_float32(subtype: str) -> bool:
    """Return True if a float32 holds every value of the format."""
    return subtype != "DOUBLE" and _PCM_BITS.get(subtype, 0) <= _EXACT


def needs_dither(bits: int | None) -> bool:
    """Return True for integers of 16 bits or fewer."""
    return bits is not None and bits <= _DITHERED


def dithered(block: Audio, bits: int, random: np.random.Generator) -> Audio:
    """Add triangular noise of one step in both directions, except to samples that need no rounding (silence does not)."""
    scaled = block * block.dtype.type(2.0 ** (bits - 1))
    rounded = scaled != np.rint(scaled)
    if not rounded.any():
        return block
    noise = random.random(block.shape, np.float32) - random.random(block.shape, np.float32)
    out: Audio = (scaled + noise * rounded) / block.dtype.type(2.0 ** (bits - 1))
    return out


def to_pcm(block: Audio, bits: int) -> npt.NDArray[np.int32]:
    """Round and clip samples to integers of so many bits, left-aligned in 32 bits; libsndfile alone would floor them."""
    scale = 2.0 ** (bits - 1)
    scaled = block.astype(np.float64 if bits > _EXACT else block.dtype, copy=True)
    scaled *= scale
    np.rint(scaled, out=scaled)
    np.clip(scaled, -scale, scale - 1, out=scaled)
    values = scaled.astype(np.int32)
    values <<= 32 - bits
    return values


def companded(block: Audio, subtype: str) -> Samples:
    """Return the samples as they are read back from one of the formats in `LAWS`."""
    return _levels(subtype)[_octets(subtype)[_linear(block)]]


def _linear(block: Audio) -> npt.NDArray[np.int64]:
    """Return samples as integers of 16 bits."""
    values: npt.NDArray[np.int64] = np.clip(np.rint(block * 32768), -32768, 32767).astype(np.int64)
    return values


@cache
def _octets(subtype: str) -> npt.NDArray[np.uint8]:
    """Return the octet of each integer of 16 bits, negative ones counted from the end: shape (65536,)."""
    encoded = io.BytesIO()
    samples = np.arange(65536, dtype=np.uint16).view(np.int16)
    soundfile.write(encoded, samples, 8000, subtype, "LITTLE", "RAW")
    return np.frombuffer(encoded.getvalue(), np.uint8)


@cache
def _levels(subtype: str) -> Samples:
    """Return the sample of each octet: shape (256,)."""
    octets = io.BytesIO(bytes(range(256)))
    samples, _ = soundfile.read(octets, samplerate=8000, channels=1, format="RAW", subtype=subtype)
    return np.asarray(samples, np.float64)


def packed(values: Audio | npt.NDArray[np.int32], subtype: str, order: ByteOrder) -> bytes:
    """Return the bytes of a block of shape (frames, channels) in one of the formats in `BITS`, interleaved.

    The values are floating-point samples for the float formats and those of G.711, otherwise what `to_pcm` returns.
    """
    arrow = "<" if order == "little" else ">"
    bits = BITS[subtype]
    if subtype in LAWS:
        return _octets(subtype)[_linear(values)].tobytes()
    if subtype in ("FLOAT", "DOUBLE"):
        return values.astype(f"{arrow}f{bits // 8}").tobytes()
    if subtype == "PCM_U8":
        return ((values >> 24) + 128).astype(np.uint8).tobytes()
    if bits != 24:
        return (values >> (32 - bits)).astype(f"{arrow}i{bits // 8}").tobytes()
    octets = np.ascontiguousarray(values, f"{arrow}i4").view(np.uint8).reshape(-1, 4)
    first = 1 if order == "little" else 0
    out = np.empty((len(octets), 3), np.uint8)
    for place in range(3):  # five times as quick as all three at once
        out[:, place] = octets[:, first + place]
    return out.tobytes()

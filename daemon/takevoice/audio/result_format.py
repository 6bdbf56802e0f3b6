"""The kind of file of a result: the original's own, or a new lossless one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from takevoice.audio.containers import DECODED_SUFFIXES, VIDEO_SUFFIXES, container_named
from takevoice.audio.containers.mp3 import MIN_FRAMES
from takevoice.audio.sample_formats import BITS
from takevoice.jobs import Take

SAME, WAV, FLAC = "same", "wav", "flac"
_KIN = {WAV: ("WAV", "RF64", "BW64"), FLAC: ("FLAC",)}
"""Containers whose files are copied, not replaced by a new file."""
_MAX_FLAC_CHANNELS = 8
_MAX_WAV = 0xFFFFFFFF - (1 << 20)  # bytes of audio
_SUBTYPES = {"PCM_S8": "PCM_16", "PCM_U8": "PCM_16", "PCM_16": "PCM_16", "ALAC_16": "PCM_16"}
_WAV_SUBTYPES = {name: name for name in ("PCM_U8", "PCM_32", "FLOAT", "DOUBLE")}


def result_suffix(path: Path, result_format: str, frames: int, channels: int) -> str:
    """Return the suffix of a result, with its dot, for an original of that name and shape (0 frames: unknown)."""
    suffix = path.suffix
    if result_format == SAME:
        short = suffix.lower() == ".mp3" and 0 < frames < MIN_FRAMES
        decoded = suffix.lower() in DECODED_SUFFIXES | VIDEO_SUFFIXES
        return f".{WAV}" if short or decoded else suffix
    wanted = _possible(result_format, channels)
    return suffix if suffix.lower() in _suffixes(wanted) else f".{wanted}"


def format_named(output: Path, original: Path, result_format: str) -> str:
    """Return the format for a result whose whole name was given: "same" follows a suffix that says wav or flac."""
    wanted = output.suffix.lower().removeprefix(".")
    if result_format != SAME or wanted not in _KIN or original.suffix.lower() in _suffixes(wanted):
        return result_format
    return wanted


def result_shape(original: Take, result_format: str) -> Take:
    """Return the original with the container and the sample format of its result; itself if these stay the same.

    Compressed and floating-point audio becomes 24 bits where the format has no other place for it.
    """
    container = container_named(original.container)
    if result_format == SAME:
        decoded = container is not None and container.needs_decoder
        if not decoded and (original.container != "MP3" or original.frames >= MIN_FRAMES):
            return original
        # Decoders do not agree on the length of so short an MP3.
        result_format = WAV
    wanted = _possible(result_format, original.channels)
    if container is not None and container.name in _KIN[wanted]:
        return original
    own = _SUBTYPES | _WAV_SUBTYPES if wanted == WAV else _SUBTYPES
    subtype = own.get(original.subtype, "PCM_24")
    size = original.frames * original.channels * BITS[subtype] // 8
    name = "FLAC" if wanted == FLAC else "WAV" if size < _MAX_WAV else "RF64"
    return replace(original, container=name, subtype=subtype, endian="FILE")


def _possible(result_format: str, channels: int) -> str:
    return WAV if result_format == FLAC and channels > _MAX_FLAC_CHANNELS else result_format


def _suffixes(result_format: str) -> frozenset[str]:
    containers = (container_named(name) for name in _KIN[result_format])
    return frozenset(suffix for each in containers if each is not None for suffix in each.suffixes)

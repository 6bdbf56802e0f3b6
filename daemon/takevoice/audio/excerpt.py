"""Cutting a part out of an audio file, with handles, for a program that says where in the file its sound is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from takevoice.audio.containers.span import Span
from takevoice.audio.excerpt_file import write_part
from takevoice.audio.sample_formats import BITS
from takevoice.audio.takes import inspect
from takevoice.errors import AudioError, StorageError
from takevoice.files import check_local, is_missing
from takevoice.jobs import Take

_ROUNDING = 1e-3  # frames: less than this beyond a frame is an error of floating-point numbers
_SUBTYPES = {"PCM_S8": "PCM_U8", "ALAC_16": "PCM_16", "ALAC_20": "PCM_24", "ALAC_24": "PCM_24", "ALAC_32": "PCM_32"}


@dataclass(frozen=True)
class Excerpt:
    """A part of an audio file in a file of its own."""

    path: Path
    frames: int
    sample_rate: int  # Hz
    first_frame: int  # of the source: where the excerpt begins
    head_frames: int  # before the start that was asked for: the handle, or as much of it as there was


def cut(
    source: Path,
    target: Path,
    *,
    start: float,
    length: float,
    handle: float,
    channels: Sequence[int] | None = None,
) -> Excerpt:
    """Write a part of an audio file to `target`, a WAV, or an RF64 beyond 4 GB; its folder must exist.

    `start`, `length` and `handle` are seconds. The start is rounded to the nearest sample, the end up to the next one;
    a handle is added at both sides; all are limited to what the file has. `channels`: numbers from 1; None: all.

    The samples are the source's, bit for bit; those of compressed sources are decoded to float32. What a WAV says about
    the part is moved with it; see docs/fidelity.md. `target` is replaced in one step; after an error it is as it was.

    Raises:
        NotAudio, IncompleteAudio, UnsupportedAudio, AudioError: the source cannot be read, or has no such part or channel.
        InCloudOnly: the source is not on this machine.
        StorageError: the source is gone, or the target cannot be written.
        Cancelled: `stop_decoding` was called while a compressed source was decoded.
    """
    check_local(source)
    if is_missing(source):
        raise StorageError("is gone", where=str(source), hint="bring it back, or name another file")
    take = inspect(source)
    span, head = _span(take, start, length, handle, channels)
    shape = replace(
        take,
        path=target,
        frames=span.frames,
        channels=len(span.channels) or take.channels,
        container="WAV",
        subtype=_stored_as(take.subtype),
    )
    if _is_one_file(source, target):
        raise StorageError("is the file to cut from", where=str(target), hint="write the excerpt to another one")
    write_part(take, span, shape)
    return Excerpt(target, span.frames, take.sample_rate, span.first, head)


def _span(
    take: Take, start: float, length: float, handle: float, channels: Sequence[int] | None
) -> tuple[Span, int]:
    """Return the frames of the excerpt, and how many of them are the handle before the start."""
    where, rate = str(take.path), take.sample_rate
    if not (0 <= start < math.inf and 0 < length < math.inf and 0 <= handle < math.inf):
        raise AudioError(
            f"cannot be cut at {start:g} s for {length:g} s with handles of {handle:g} s",
            where=where,
            hint="start and handles must be 0 or more, and the length above 0",
        )
    first, last = math.floor(start * rate + 0.5), math.ceil((start + length) * rate - _ROUNDING)
    if first >= take.frames:
        raise AudioError(
            f"is {take.seconds:.3f} s long, and the part begins at {start:.3f} s",
            where=where,
            hint="check where the part begins",
        )
    last = min(max(last, first + 1), take.frames)
    margin = round(handle * rate)
    begin, end = max(0, first - margin), min(take.frames, last + margin)
    return Span(begin, end - begin, rate, _picked(take, channels)), first - begin


def _picked(take: Take, channels: Sequence[int] | None) -> tuple[int, ...]:
    """Return the channels of the excerpt; empty for all of them as they are."""
    if channels is None or list(channels) == list(range(1, take.channels + 1)):
        return ()
    wrong = [number for number in channels if not 1 <= number <= take.channels]
    if wrong or not channels:
        asked = f"channel {wrong[0]}" if wrong else "none of them"
        raise AudioError(
            f"has {take.channels} channel{'s' * (take.channels > 1)}, and {asked} was asked for",
            where=str(take.path),
            hint=f"channels are numbers from 1 to {take.channels}",
        )
    return tuple(channels)


def _stored_as(subtype: str) -> str:
    """Return the sample format in which a WAV holds samples of another one exactly, or as they are decoded."""
    return subtype if subtype in BITS and subtype != "PCM_S8" else _SUBTYPES.get(subtype, "FLOAT")


def _is_one_file(source: Path, target: Path) -> bool:
    try:
        return source.samefile(target)
    except OSError:  # mostly since there is no target yet
        return False

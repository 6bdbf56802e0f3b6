"""The file of an excerpt: a WAV, or an RF64 beyond 4 GB, written under another name and renamed when it is whole."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import soundfile

from takevoice.audio.blanks import new_bext
from takevoice.audio.containers import channel_mask, container_named
from takevoice.audio.containers.chunks import (
    CopiedChunk,
    NewChunk,
    Part,
    StreamedChunk,
    read_content,
    read_range,
)
from takevoice.audio.containers.excerpts import ExcerptParts, kept_chunks, write_excerpt
from takevoice.audio.containers.payload import ByteOrder
from takevoice.audio.containers.span import Span
from takevoice.audio.sample_formats import BITS, packed, pcm_bits
from takevoice.audio.takes import open_take, read_blocks
from takevoice.audio.wave_format import format_chunk, needs_fact, with_channels
from takevoice.errors import AudioError, StorageError, UnsupportedAudio
from takevoice.files import storage_error
from takevoice.jobs import Take
from takevoice.system import place

_SPARE = 1 << 20  # bytes that stay free next to the excerpt
_MAX_COUNT = 0xFFFFFFFF  # of a chunk fact


def write_part(take: Take, span: Span, shape: Take) -> None:
    """Write these frames of a take; `shape` is the take that the file will be.

    Raises:
        AudioError: the take cannot be read, or has changed since it was inspected.
        StorageError: the file cannot be written; one that was there before is as it was.
    """
    folder = shape.path.parent
    part = folder / f".takevoice.{os.getpid()}.{threading.get_native_id()}.part"
    order = _order(take)
    try:
        with _opened(take.path) as source:
            with _reading(take.path):
                parts = _parts(source, take, span, shape, order)
            _check_space(parts.file_size, folder)
            with place.open_file(part, "wb") as out:
                write_excerpt(source, out, parts, _audio(take, span, shape, order))
                place.sync(out)
        place.replace(part, shape.path)
    except UnsupportedAudio as error:
        raise UnsupportedAudio(error.what, where=str(take.path), hint=error.hint or "try it again") from error
    except OSError as error:
        raise storage_error("the excerpt cannot be written", folder, error) from error
    finally:
        place.remove(part)


def _order(take: Take) -> ByteOrder:
    """Return the byte order of the excerpt: that of a RIFX stays, so that its other chunks stay right."""
    return "big" if take.container in ("WAV", "WAVEX") and take.endian == "BIG" else "little"


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Raise StorageError where the source, not the target, is what fails."""
    try:
        yield
    except OSError as error:
        raise storage_error("cannot be read", path, error) from error


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    with _reading(path):
        file = place.open_file(path, "rb")
    with file:
        yield file


def _check_space(needed: int, folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed + _SPARE:
        raise StorageError(
            f"the disk is full: the excerpt needs {needed / 1e6:.1f} MB, {free / 1e6:.1f} MB are free",
            where=str(folder),
            hint="free some space there",
        )


def _parts(source: BinaryIO, take: Take, span: Span, shape: Take, order: ByteOrder) -> ExcerptParts:
    """Return everything but the samples; reads what is small, and opens nothing."""
    container = container_named(take.container)
    chunks = () if container is None else container.wave_chunks(source)
    before, behind = kept_chunks(source, chunks, span, order)
    start = None if container is None else container.start(take.path)
    if start is not None:
        before.append(NewChunk(b"bext", new_bext(take, start + Fraction(span.first, take.sample_rate))))
    own = next((read_content(source, chunk) or b"" for chunk in chunks if chunk.name == b"fmt "), b"")
    heading = [NewChunk(b"fmt ", _format(own, take, span, shape, order))]
    if needs_fact(shape.subtype) or any(chunk.name == b"fact" for chunk in chunks):
        heading.append(NewChunk(b"fact", min(span.frames, _MAX_COUNT).to_bytes(4, order)))
    size = span.frames * shape.channels * BITS[shape.subtype] // 8
    sides = [[_from_source(source, take.path, part) for part in side] for side in (before, behind)]
    return ExcerptParts(order, heading, sides[0], sides[1], size, span.frames)


def _format(own: bytes, take: Take, span: Span, shape: Take, order: ByteOrder) -> bytes:
    """Return the source's own format, where it has one that stays right, else a new one."""
    same = shape.subtype == take.subtype
    kept = with_channels(own, take, shape.channels, bool(span.channels), order) if same else None
    if kept is not None:
        return kept
    mask = channel_mask(take) if shape.channels > 2 and not span.channels else 0
    return format_chunk(shape, mask, order)


def _from_source(source: BinaryIO, path: Path, part: Part) -> Part:
    """Return a chunk to be copied as one that blames the right file if it cannot be read."""
    if not isinstance(part, CopiedChunk):
        return part

    def blocks() -> Iterator[bytes]:
        with _reading(path):
            yield from read_range(source, part.chunk.start, part.chunk.stop)

    return StreamedChunk(part.name, part.chunk.size, blocks())


def _audio(take: Take, span: Span, shape: Take, order: ByteOrder) -> Iterator[bytes]:
    """Yield the samples as they are stored."""
    is_pcm = pcm_bits(shape.subtype) is not None
    kind = "int32" if is_pcm else "float64" if shape.subtype == "DOUBLE" else "float32"
    picked = [number - 1 for number in span.channels]
    count = 0
    with open_take(take) as file:
        _go_to(file, take, span.first)
        for block in read_blocks(file, take.path, kind, span.frames):
            count += len(block)
            yield packed(block[:, picked] if picked else block, shape.subtype, order)
    if count < span.frames:
        raise AudioError(
            f"ends {span.frames - count} frames before the length that its header states",
            where=str(take.path),
            hint="render or copy it again",
        )


def _go_to(file: Any, take: Take, frame: int) -> None:
    """Go to a frame of an open take; `open_take` decodes up to it where a jump would not be exact."""
    try:
        file.seek(frame)
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise AudioError(
            f"is damaged before {frame / take.sample_rate:.3f} s",
            where=str(take.path),
            hint="render or copy it again",
        ) from error

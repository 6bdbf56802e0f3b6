"""The audio for a copy: plain samples, or the chunks of a file that an encoder has written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO, Literal

from takevoice.audio.containers.chunks import (
    Chunk,
    CopiedChunk,
    Framing,
    Part,
    StreamedChunk,
    read_range,
    walk,
)
from takevoice.errors import UnsupportedAudio

ByteOrder = Literal["little", "big"]
_BLOCK = 1 << 14  # bytes: more than a block of any codec of a fixed rate has


@dataclass(frozen=True)
class Payload:
    """The audio for a copy.

    `samples` yields plain samples as they are stored, `size` bytes in total. For any other sample format it is None, and
    `encoded` is an open file in the same container with the encoded audio.
    """

    sample_rate: int  # Hz
    channels: int
    bits: int  # per sample
    size: int = 0
    samples: Callable[[], Iterator[bytes]] | None = None
    encoded: BinaryIO | None = None
    order: ByteOrder = "little"
    fixed_rate: bool = False
    """True if equally many bytes of encoded audio are always equally many samples."""


def replace_audio(
    source: BinaryIO,
    chunks: Sequence[Chunk],
    payload: Payload,
    framing: Framing,
    data: bytes,
    described_by: Collection[bytes],
    lead: int = 0,
) -> Iterator[Part]:
    """Yield a part for each of the chunks: those of the audio with the new audio, all others to be copied.

    The chunk `data` holds the samples, after `lead` other bytes. Encoded audio also replaces the
    chunks named in `described_by`, where it is not of the same codec in as many blocks.

    Raises:
        UnsupportedAudio: the chunk is smaller than the audio.
    """
    encoded = _encoded_chunks(payload, framing, {data, *described_by})
    stated = next((chunk.size for chunk in chunks if chunk.name == data), -1)
    if payload.fixed_rate and data in encoded and 0 <= encoded[data].size - stated < _BLOCK:
        # What describes the blocks stays, such as how many samples of the last one count; it may be cut off.
        encoded = {data: replace(encoded[data], size=stated)}
    done = False
    for chunk in chunks:
        if payload.samples is not None and chunk.name == data and not done:
            done = True
            if chunk.size < lead + payload.size:
                raise UnsupportedAudio(
                    f"holds {chunk.size - lead} bytes of audio, but its header describes {payload.size}"
                )
            yield StreamedChunk(chunk.name, chunk.size, _around_samples(source, chunk, payload, lead), chunk)
        elif payload.encoded is not None and chunk.name in encoded:
            new = encoded[chunk.name]
            replaced = chunk if new.size == chunk.size else None
            content = read_range(payload.encoded, new.start, new.stop)
            yield StreamedChunk(chunk.name, new.size, content, replaced)
        else:
            yield CopiedChunk(chunk, chunk.name)


def _encoded_chunks(payload: Payload, framing: Framing, names: Collection[bytes]) -> dict[bytes, Chunk]:
    if payload.encoded is None:
        return {}
    chunks = walk(payload.encoded, framing)
    return {chunk.name: chunk for chunk in chunks if chunk.name in names}


def _around_samples(source: BinaryIO, chunk: Chunk, payload: Payload, lead: int) -> Iterator[bytes]:
    """Yield the chunk with new samples between its lead and a rest that is shorter than a frame."""
    assert payload.samples is not None
    yield from read_range(source, chunk.start, chunk.start + lead)
    yield from payload.samples()
    yield from read_range(source, chunk.start + lead + payload.size, chunk.stop)

"""The audio that goes into a copy: samples straight as they are stored, or chunks that an encoder made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Literal

from takevoice.audio.containers.chunks import Chunk, Copied, Part, Streamed, stretch
from takevoice.errors import UnsupportedAudio

BITS = {"PCM_S8": 8, "PCM_U8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32, "FLOAT": 32, "DOUBLE": 64}
"""Sample formats that are stored as they are."""


@dataclass(frozen=True)
class Audio:
    """What is to be put into a copy.

    `samples` are the bytes of plain samples, `size` of them; for other sample formats it is None, and `encoded` are the
    chunks, by name, of a file that an encoder has written in the same container.
    """

    sample_rate: int
    channels: int
    bits: int
    size: int = 0
    samples: Callable[[], Iterator[bytes]] | None = None
    encoded: Mapping[bytes, tuple[BinaryIO, Chunk]] = field(default_factory=dict)
    order: Literal["little", "big"] = "little"


def replaced(
    source: BinaryIO,
    chunks: list[Chunk],
    audio: Audio,
    named: Callable[[bytes], bytes],
    data: bytes = b"data",
    lead: int = 0,
) -> Iterator[Part]:
    """Each chunk with its new audio, all others to be copied; `lead` bytes of the audio's chunk are no audio.

    Raises:
        UnsupportedAudio: the chunk of the audio is smaller than the audio.
    """
    done = False
    for chunk in chunks:
        if audio.samples is not None and chunk.name == named(data) and not done:
            done = True
            if chunk.size < lead + audio.size:
                raise UnsupportedAudio(
                    f"holds {chunk.size - lead} bytes of audio where {audio.size} are told"
                )
            yield Streamed(chunk.name, chunk.size, _within(source, chunk, audio, lead), chunk)
        elif chunk.name in audio.encoded:
            made_in, made = audio.encoded[chunk.name]
            like = chunk if made.size == chunk.size else None
            yield Streamed(chunk.name, made.size, stretch(made_in, made.start, made.stop), like)
        else:
            yield Copied(chunk, chunk.name)


def _within(source: BinaryIO, chunk: Chunk, audio: Audio, lead: int) -> Iterator[bytes]:
    """The audio between what else is in its chunk: a lead, and a rest that makes no whole frame."""
    assert audio.samples is not None
    yield from stretch(source, chunk.start, chunk.start + lead)
    yield from audio.samples()
    yield from stretch(source, chunk.start + lead + audio.size, chunk.stop)

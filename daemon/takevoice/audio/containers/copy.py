"""Which container a file is in, and what is done with each."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from takevoice.audio.containers import aiff, caf, flac, ogg, wave
from takevoice.audio.containers.chunks import Chunk, length, walk
from takevoice.audio.containers.payload import Audio
from takevoice.audio.containers.provenance import Provenance
from takevoice.errors import UnsupportedAudio

Copy = Callable[[BinaryIO, BinaryIO, Audio, Provenance], None]
_CHUNKED: tuple[tuple[Callable[[bytes], bool], Copy, Callable[[BinaryIO], Provenance | None]], ...] = (
    (wave.is_riff, wave.copy_riff, wave.note_of_riff),
    (wave.is_wave64, wave.copy_wave64, wave.note_of_wave64),
    (aiff.is_aiff, aiff.copy_aiff, aiff.note_of_aiff),
    (caf.is_caf, caf.copy_caf, caf.note_of_caf),
)
_MAGIC = 16


def write_copy(original: Path, target: Path, audio: Audio, encoded: Path | None, note: Provenance) -> None:
    """Writes `target`: the original's bytes with other audio, and the note.

    `encoded` is a file in the same container whose audio is taken over where the samples are not stored plainly.

    Raises:
        UnsupportedAudio: the original is built in a way that cannot be copied.
        OSError: a file cannot be read or written.
    """
    with ExitStack() as stack:
        source = stack.enter_context(original.open("rb"))
        made = None if encoded is None else stack.enter_context(encoded.open("rb"))
        # Read back while it is written: sizes in the head are mended at the end.
        out = stack.enter_context(target.open("wb+"))
        magic = source.read(_MAGIC)
        source.seek(0)
        try:
            if made is not None and flac.is_flac(magic):
                flac.copy_flac(source, out, made, note)
            elif made is not None and ogg.is_ogg(magic):
                ogg.copy_ogg(source, out, made, note)
            else:
                copy = next(copy for knows, copy, _ in _CHUNKED if knows(magic))
                copy(source, out, _with_encoded(audio, made), note)
        except StopIteration:
            raise UnsupportedAudio(
                "is in a container that cannot be written back", where=str(original)
            ) from None
        except UnsupportedAudio as error:
            raise UnsupportedAudio(error.what, where=str(original), hint="render it as WAV") from error


def read_provenance(path: Path) -> Provenance | None:
    """The note in a file that takevoice wrote; None in any other, or where it cannot be read."""
    try:
        with path.open("rb") as file:
            magic = file.read(_MAGIC)
            file.seek(0)
            if flac.is_flac(magic):
                return flac.note_of_flac(file)
            if ogg.is_ogg(magic):
                return ogg.note_of_ogg(file)
            read = next((read for knows, _, read in _CHUNKED if knows(magic)), None)
            return None if read is None else read(file)
    except (OSError, UnsupportedAudio):
        return None


_ESSENTIAL = {b"fmt ", b"fact", b"data", b"COMM", b"SSND", b"desc", b"pakt", b"kuki"}
"""The chunks that describe and hold the audio, in any container."""


def _with_encoded(audio: Audio, made: BinaryIO | None) -> Audio:
    """The audio with the chunks that an encoder has written."""
    if made is None:
        return audio
    magic = made.read(_MAGIC)
    framing = wave.WAVE64 if wave.is_wave64(magic) else aiff.FRAMING if aiff.is_aiff(magic) else caf.FRAMING
    if wave.is_riff(magic):
        framing = wave.riff_framing(magic)
    chunks: list[Chunk] = walk(made, framing, length(made))
    found = {chunk.name: (made, chunk) for chunk in chunks if chunk.name[:4] in _ESSENTIAL}
    return Audio(audio.sample_rate, audio.channels, audio.bits, encoded=found, order=audio.order)

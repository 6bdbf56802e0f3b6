"""The containers that takevoice knows, and everything that is done with a file in any of them."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from takevoice.audio.containers.aiff import Aiff
from takevoice.audio.containers.caf import Caf
from takevoice.audio.containers.chunks import file_size, id3_size
from takevoice.audio.containers.container import Container
from takevoice.audio.containers.flac import Flac
from takevoice.audio.containers.media import MEDIA
from takevoice.audio.containers.mp3 import Mp3
from takevoice.audio.containers.ogg import Ogg
from takevoice.audio.containers.payload import Payload
from takevoice.audio.containers.provenance import Provenance
from takevoice.audio.containers.rf64 import Bw64, Rf64
from takevoice.audio.containers.wave import Wave
from takevoice.audio.containers.wave64 import Wave64
from takevoice.errors import UnsupportedAudio
from takevoice.settled import Completeness, Problem
from takevoice.system import place

CONTAINERS: tuple[Container, ...] = (
    Wave(),
    Rf64(),
    Bw64(),
    Wave64(),
    Aiff(),
    Caf(),
    Flac(),
    Ogg(),
    *MEDIA,
    Mp3(),
)

SUFFIXES = frozenset(suffix for each in CONTAINERS if not each.needs_decoder for suffix in each.suffixes)
"""File name suffixes of takes that takevoice reads by itself, with the dot, in lower case."""

VIDEO_SUFFIXES = frozenset(suffix for each in CONTAINERS for suffix in each.video_suffixes)
"""Those of videos, whose audio ffmpeg decodes."""

DECODED_SUFFIXES = (
    frozenset(suffix for each in CONTAINERS if each.needs_decoder for suffix in each.suffixes) - VIDEO_SUFFIXES
)
"""Those of other takes that ffmpeg decodes."""

ADDED_SUFFIXES = frozenset({".mp3"})
"""Those that earlier versions did not know: such files may have been in a watched folder all along."""

_HEAD = 16  # bytes: enough to recognize any container


def recognize(head: bytes) -> Container | None:
    """Return the container of a file that begins with these 16 bytes."""
    return next((each for each in CONTAINERS if each.recognizes(head)), None)


def _head(file: BinaryIO) -> bytes:
    """Return the bytes by which a container is recognized: the first ones, but for FLAC behind an ID3v2 tag."""
    tag = id3_size(file)
    file.seek(tag)
    head = file.read(_HEAD)
    if tag and head[:4] != b"fLaC":
        file.seek(0)
        head = file.read(_HEAD)
    return head


def container_of(path: Path) -> Container | None:
    """Return the container of a file by its content; raises OSError."""
    with place.open_file(path, "rb") as file:
        return recognize(_head(file))


def container_named(name: str) -> Container | None:
    """Return the container of takes that have this value as `Take.container`."""
    return next((each for each in CONTAINERS if name == each.name or name in each.variants), None)


def completeness(path: Path) -> Completeness:
    """Check whether a file is complete by its header and size; a few hundred bytes are read.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        if file_size(file) == 0:
            return Completeness(False, "it is empty (0 bytes)", Problem.EMPTY)
        head = _head(file)
        if not any(head):
            return Completeness(False, "it begins with zeros only: its place is reserved", Problem.EMPTY)
        container = recognize(head)
        if container is None:
            return Completeness(False, "it is not an audio file that takevoice knows", Problem.NOT_AUDIO)
        return container.completeness(file)


def write_copy(
    original: Path, target: Path, payload: Payload, encoded: Path | None, provenance: Provenance
) -> None:
    """Write the bytes of `original` with other audio and the provenance to `target`.

    `encoded` is a file in the same container with the audio, for sample formats that are not stored as they are.

    Raises:
        UnsupportedAudio: the original is built in a way that cannot be copied.
        OSError: a file cannot be read or written.
    """
    with ExitStack() as stack:
        source = stack.enter_context(place.open_file(original, "rb"))
        if encoded is not None:
            payload = replace(payload, encoded=stack.enter_context(place.open_file(encoded, "rb")))
        # Also read, since sizes in the header are filled in at the end.
        out = stack.enter_context(place.open_file(target, "wb+"))
        container = recognize(_head(source))
        if container is None or (payload.encoded is None and not container.stores_samples):
            raise UnsupportedAudio("is in a container that cannot be written back", where=str(original))
        try:
            container.copy(source, out, payload, provenance)
        except UnsupportedAudio as error:
            hint = error.hint or "try `ffmpeg -i IN OUT.wav`"
            raise UnsupportedAudio(error.what, where=str(original), hint=hint) from error


def read_provenance(path: Path) -> Provenance | None:
    """Return the provenance stored in a result; None for any other file, or if the file cannot be read."""
    try:
        with place.open_file(path, "rb") as file:
            container = recognize(_head(file))
            return None if container is None else container.read_provenance(file)
    except (OSError, UnsupportedAudio):
        return None

"""Before anything is sent: can a result for this take be written, and can it be put where it belongs?"""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
import soundfile

from takevoice.audio.containers import Container, Provenance, container_named
from takevoice.audio.containers.payload import Payload
from takevoice.audio.kinds import ALL_SUFFIXES
from takevoice.audio.output import (
    AS_PCM,
    byte_order,
    check_space,
    container_for,
    described,
    is_plain,
    not_written,
)
from takevoice.audio.result_format import SAME, result_shape
from takevoice.audio.sample_formats import BITS
from takevoice.errors import NoAnswer, NotWritable, StorageError, UnsupportedAudio
from takevoice.files import storage_error
from takevoice.jobs import Take
from takevoice.system import place
from takevoice.system.access import advice

_TRIED = 4800  # frames, at least, that are encoded
_MAX_GRANULE = 1 << 16  # frames
_KEPT = 1 << 12  # bytes at the start of a dry copy, which are read again while it is written
_BLOCK = bytes(1 << 20)
_LONGEST_NAME = 255  # UTF-16 units on NTFS and exFAT; other file systems allow no more, and may allow less
_DRY = Provenance("", "", "", "", "", "")


def check_publishable(take: Take, target: Path | None, result_format: str = SAME) -> None:
    """Check that a result for the take can be written and published, without leaving anything behind.

    That the take can be read to its end, and holds numbers only, is seen when it is read.

    `target`: the path that the result gets. None: a plugin writes the result, in its own way.

    Raises:
        UnsupportedAudio: this kind of file cannot be written back exactly.
        StorageError: the folder cannot be written, has no room, or the name is not possible there.
    """
    if target is not None:
        check_writable(take, result_format)
        check_suffix(take, target, result_format)
        check_target(take, target)


def check_writable(take: Take, result_format: str = SAME) -> None:
    """Check that the result's container and sample format can be written exactly: a dry copy with silence is made.

    Raises:
        UnsupportedAudio: they cannot.
        StorageError: the take cannot be read.
    """
    shape = result_shape(take, result_format)
    container = container_for(shape)
    _check_encoder(shape)
    if shape is not take:
        if not is_plain(shape, container):
            _encoded(shape, container, described(shape, container.byte_order))
        return
    payload = described(take, byte_order(take, container))
    payload = _plain(take, payload) if is_plain(take, container) else _encoded(take, container, payload)
    try:
        with place.open_file(take.path, "rb") as source:
            container.copy(source, cast(Any, _Sink()), payload, _DRY)
    except UnsupportedAudio as error:
        hint = error.hint or "`ffmpeg -i IN OUT.wav` rewrites it"
        raise UnsupportedAudio(error.what, where=str(take.path), hint=hint) from error
    except OverflowError as error:
        raise UnsupportedAudio(
            "is too large for the sizes in its header", where=str(take.path), hint="render it as RF64 or W64"
        ) from error
    except OSError as error:
        raise storage_error("cannot be read", take.path, error) from error


def _check_encoder(shape: Take) -> None:
    """Raise UnsupportedAudio for what an encoder cannot be trusted with: libsndfile 1.2.2 writes beyond its buffers when it
    encodes several channels of noise as ALAC, which ends the process."""
    if shape.subtype.startswith("ALAC") and shape.channels > 1:
        raise UnsupportedAudio(
            f"is {shape.container} with {shape.subtype} in {shape.channels} channels, which can be read but not written",
            where=str(shape.path),
            hint=AS_PCM,
        )


def check_suffix(take: Take, target: Path, result_format: str = SAME) -> None:
    """Raise UnsupportedAudio if the name of the result is that of another kind of audio file."""
    container = container_named(result_shape(take, result_format).container)
    suffix = target.suffix.lower()
    if container is None or suffix == take.path.suffix.lower() or suffix in container.suffixes:
        return
    if suffix in ALL_SUFFIXES or not suffix:
        suffixes = sorted(container.suffixes)
        own = take.path.suffix if take.path.suffix.lower() in suffixes else suffixes[0]
        says = f"says {suffix[1:]}" if suffix else "says nothing about it"
        raise UnsupportedAudio(
            f"would be {container.name}, and its name {says}",
            where=str(target),
            hint=f"name it {target.stem}{own}, or .wav or .flac for such a file",
        )


def check_target(take: Take, target: Path) -> None:
    """Check that a file can be created in the folder of `target`, of the take's size, and named like that.

    A folder inside the take's folder may be missing: it is created when the result is published.

    Raises:
        StorageError: that is not possible, and why.
    """
    folder = target.parent
    while take.path.parent in folder.parents and not folder.exists():
        folder = folder.parent
    if len(target.name.encode("utf-16-le", "surrogatepass")) > 2 * _LONGEST_NAME:
        raise StorageError("is too long a name", where=str(target), hint="use a shorter name")
    try:
        target.lstat()
    except OSError as error:
        if error.errno in (errno.ENAMETOOLONG, errno.EINVAL):
            raise StorageError(
                f"is no possible name there: {os.strerror(error.errno)}", where=str(target), hint="use a shorter name"
            ) from error
    try:
        place.try_create(folder)
    except FileNotFoundError as error:
        hint = "make the folder, then `takevoice retry` the job"
        raise NotWritable(
            "does not exist", rule="the folder for its result does not exist", where=str(folder), hint=hint
        ) from error
    except OSError as error:
        rule = f"the folder for its result cannot be written: {error.strerror or error}; {advice(error)}"
        refused = not_written(folder, error)
        if isinstance(refused, NoAnswer):
            raise refused from error
        raise NotWritable(refused.what, rule=rule, where=refused.where, hint=refused.hint) from error
    try:
        check_space(take, folder)
    except StorageError as error:
        raise NotWritable(error.what, rule="the disk is full; free some space", where=error.where, hint=error.hint) from error


def _plain(take: Take, payload: Payload) -> Payload:
    size = take.frames * take.channels * BITS[take.subtype] // 8

    def zeros() -> Iterator[bytes]:
        for start in range(0, size, len(_BLOCK)):
            yield _BLOCK[: size - start]

    return Payload(payload.sample_rate, payload.channels, payload.bits, size, zeros, order=payload.order)


def _encoded(take: Take, container: Container, payload: Payload) -> Payload:
    """Return silence as libsndfile encodes it; raise UnsupportedAudio if it could not be as long as the take."""
    try:
        granule = _frames(_silence(take, container, 1))
        rest = take.frames % granule if 0 < granule <= _MAX_GRANULE else 1
        tried = -(-_TRIED // max(1, granule)) * granule + rest
        file = _silence(take, container, tried)
        found = _frames(file)
    except (soundfile.LibsndfileError, RuntimeError, AssertionError, ValueError) as error:
        raise UnsupportedAudio(
            f"is {take.container} with {take.subtype}, which can be read but not written",
            where=str(take.path),
            hint=AS_PCM,
        ) from error
    if found != tried:
        raise UnsupportedAudio(
            f"is {take.container} with {take.subtype} in blocks of another size than can be written, so its length would change",
            where=str(take.path),
            hint=AS_PCM,
        )
    file.seek(0)
    return Payload(payload.sample_rate, payload.channels, payload.bits, encoded=file, order=payload.order, fixed_rate=payload.fixed_rate)


def _silence(take: Take, container: Container, frames: int) -> io.BytesIO:
    """Return a file of the take's kind with that many frames of silence."""
    file = io.BytesIO()
    kind = container.stand_in or take.container
    with soundfile.SoundFile(file, "w", take.sample_rate, take.channels, take.subtype, take.endian, kind) as sound:
        sound.write(np.zeros((frames, take.channels)))
    file.seek(0)
    return file


def _frames(file: io.BytesIO) -> int:
    file.seek(0)
    with soundfile.SoundFile(file) as sound:
        return int(sound.frames)


class _Sink(io.RawIOBase):
    """A file that is thrown away but for its start."""

    def __init__(self) -> None:
        self._at = self._size = 0
        self._start = bytearray(_KEPT)

    def write(self, data: Any) -> int:
        length = len(data)
        room = max(0, min(length, _KEPT - self._at))
        self._start[self._at : self._at + room] = data[:room]
        self._at += length
        self._size = max(self._size, self._at)
        return length

    def read(self, size: int | None = -1) -> bytes:
        stop = self._size if size is None or size < 0 else min(self._size, self._at + size)
        data = bytes(self._start[self._at : stop])
        self._at = stop
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def tell(self) -> int:
        return self._at

"""Writing results: a copy of the original's file with other audio, verified after it is written."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import soundfile

from takevoice.audio.containers import Container, Provenance, container_named, read_provenance, write_copy
from takevoice.audio.containers.payload import ByteOrder, Payload
from takevoice.audio.result_format import SAME, result_shape
from takevoice.audio.sample_formats import (
    BITS,
    Samples,
    dithered,
    needs_dither,
    packed,
    pcm_bits,
    to_pcm,
)
from takevoice.audio.takes import audio_hash, blocks, inspect, open_sound
from takevoice.errors import AudioError, BadResult, StorageError, TakevoiceError, UnsupportedAudio
from takevoice.files import storage_error
from takevoice.jobs import Take
from takevoice.system import place

_SPARE = 1 << 20  # bytes that stay free next to the result
_SEED = 7  # of the dither: the same take always gives the same bytes


def write_like(
    original: Take,
    audio: Take,
    path: Path,
    provenance: Provenance,
    *,
    dither: bool = True,
    result_format: str = SAME,
) -> str:
    """Write `audio` to `path` in a copy of the original's file; return the hash of its audio.

    With another `result_format`, the file is a new one with the provenance alone.

    `path` is overwritten. The result is read back and compared with the shape of the original.

    Raises:
        BadResult: a sample is not a finite number.
        StorageError: the disk is full, or the folder cannot be written.
        UnsupportedAudio: this kind of file cannot be written back exactly.
    """
    shape = result_shape(original, result_format)
    container = _container(shape)
    _check_space(shape, path.parent)
    encoded: Path | None = None
    try:
        if shape is not original:
            encoded = path.with_name(f"{path.stem}.enc")
            _encode(shape, container, _finished(shape, audio, dither), encoded)
            write_copy(encoded, path, _payload(shape, container.byte_order), encoded, provenance)
        elif _is_plain(original, container):
            payload = _plain_payload(original, audio, _byte_order(original, container), dither)
            write_copy(original.path, path, payload, encoded, provenance)
        else:
            encoded = path.with_name(f"{path.stem}.enc")
            payload = _payload(original, _byte_order(original, container))
            _encode(original, container, _finished(original, audio, dither), encoded)
            write_copy(original.path, path, payload, encoded, provenance)
        with place.open_file(path, "rb+") as written:
            place.sync(written)
    except (OSError, soundfile.LibsndfileError, AssertionError) as error:
        # soundfile raises AssertionError for a short write.
        raise _not_written(path.parent, error) from error
    finally:
        if encoded is not None:
            place.remove(encoded)
    return _verify(shape, path)


def _container(original: Take) -> Container:
    """Return the container of a take whose kind of file can be written; raise UnsupportedAudio."""
    container = container_named(original.container)
    if container is None:
        raise UnsupportedAudio("is in a container that cannot be written back", where=str(original.path))
    if not _is_plain(original, container) and not soundfile.check_format(
        container.stand_in or original.container, original.subtype, original.endian
    ):
        raise UnsupportedAudio(
            f"is {original.container} with {original.subtype}, which can be read but not written",
            where=str(original.path),
            hint="render it as PCM or float",
        )
    return container


def _is_plain(take: Take, container: Container) -> bool:
    return container.stores_samples and take.subtype in BITS


def _byte_order(take: Take, container: Container) -> ByteOrder:
    if take.endian in ("LITTLE", "BIG"):
        return "little" if take.endian == "LITTLE" else "big"
    return container.byte_order


def _payload(original: Take, order: ByteOrder) -> Payload:
    bits = BITS.get(original.subtype, 16)
    return Payload(original.sample_rate, original.channels, bits, order=order)


def _plain_payload(original: Take, audio: Take, order: ByteOrder, dither: bool) -> Payload:
    bits = BITS[original.subtype]
    size = original.frames * original.channels * bits // 8

    def samples() -> Iterator[bytes]:
        return (packed(block, original.subtype, order) for block in _finished(original, audio, dither))

    return Payload(original.sample_rate, original.channels, bits, size, samples, order=order)


def _finished(original: Take, audio: Take, dither: bool) -> Iterator[Samples]:
    """Yield the audio, dithered where the original's sample format asks for it; raise BadResult."""
    bits = pcm_bits(original.subtype)
    random = np.random.default_rng(_SEED) if dither and needs_dither(original.subtype) else None
    for block in blocks(audio):
        if not np.isfinite(block).all():
            raise BadResult(
                "the result contains samples that are not finite numbers", where=str(original.path)
            )
        yield block if random is None or bits is None else dithered(block, bits, random)


def _encode(original: Take, container: Container, audio: Iterator[Samples], path: Path) -> None:
    """Encode the audio into a file of its own with libsndfile."""
    # Python creates the file, so that it gets the permissions of the user's umask.
    place.open_file(path, "wb").close()
    with open_sound(
        path,
        "w",
        original.sample_rate,
        original.channels,
        original.subtype,
        original.endian,
        container.stand_in or original.container,
        **container.encoding(original.path),
    ) as file:
        for block in audio:
            file.write(to_pcm(block, original.subtype))


def has_provenance(take: Take) -> bool:
    """Return True if takevoice wrote the file and its provenance is still in it."""
    return read_provenance(take.path) is not None


def make_folder(folder: Path) -> None:
    """Create the folder and its parents where they are missing; raise StorageError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _not_written(folder, error) from error


def _check_space(original: Take, folder: Path) -> None:
    try:
        plain = original.frames * original.channels * BITS.get(original.subtype, 0) // 8
        needed = max(original.path.stat().st_size, plain) + _SPARE
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise _not_written(folder, error) from error
    if free < needed:
        raise StorageError(
            f"the disk is full: {needed / 1e6:.1f} MB are needed, {free / 1e6:.1f} MB are free",
            where=str(folder),
            hint="free some space, then `takevoice retry` the job",
        )


@contextmanager
def storage_errors(folder: Path) -> Iterator[None]:
    """Raise StorageError when a file in the folder cannot be read or written, also by libsndfile."""
    try:
        yield
    except (OSError, soundfile.LibsndfileError, AssertionError) as error:
        raise _not_written(folder, error) from error


def _not_written(folder: Path, error: Exception) -> TakevoiceError:
    if isinstance(error, OSError):
        return storage_error("cannot be written", folder, error)
    free = shutil.disk_usage(folder).free if folder.is_dir() else 0
    what = "the disk is full" if free < _SPARE else f"could not be written ({str(error) or 'short write'})"
    return StorageError(what, where=str(folder), hint="free some space, then `takevoice retry` the job")


def _verify(original: Take, path: Path) -> str:
    written = inspect(path)
    same = ("frames", "sample_rate", "channels", "container", "subtype")
    wrong = [name for name in same if getattr(written, name) != getattr(original, name)]
    if wrong:
        differences = ", ".join(
            f"{name} {getattr(written, name)} instead of {getattr(original, name)}" for name in wrong
        )
        raise AudioError(
            f"cannot be written back exactly: {differences}",
            where=str(original.path),
            hint="render it as PCM or float WAV",
        )
    return audio_hash(written)

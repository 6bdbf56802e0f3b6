"""Writing results: a copy of the original's file with other audio, verified after it is written."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import soundfile

from takevoice.audio.blanks import write_blank_wav
from takevoice.audio.containers import Container, Provenance, container_named, read_provenance, write_copy
from takevoice.audio.containers.payload import ByteOrder, Payload
from takevoice.audio.opening import open_sound
from takevoice.audio.result_format import SAME, result_shape
from takevoice.audio.sample_formats import (
    BITS,
    FIXED_RATE,
    LAWS,
    Audio,
    companded,
    dithered,
    needs_dither,
    packed,
    pcm_bits,
    to_pcm,
)
from takevoice.audio.takes import blocks, inspect_hashed, take_digest
from takevoice.errors import AudioError, BadResult, StorageError, TakevoiceError, UnsupportedAudio
from takevoice.files import storage_error
from takevoice.jobs import Take
from takevoice.system import place

_SPARE = 1 << 20  # bytes that stay free next to the result
AS_PCM = "render it as PCM or float WAV, or try `ffmpeg -i IN OUT.wav`"
"""What helps where a file can be read, but not written back as it is."""
_SEED = 7  # of the dither: the same take always gives the same bytes


class Source(Protocol):
    """The audio of a result."""

    @property
    def bits(self) -> int | None:
        """The bits that integers in the result use; None: as many as the format has."""
        ...

    def blocks(self) -> Iterator[Audio]:
        """Yield the audio in blocks of shape (frames, channels), full scale at 1.0; it can be called again."""
        ...


@dataclass(frozen=True)
class TakeAudio:
    """The audio of a file."""

    take: Take
    bits: int | None = None

    def blocks(self) -> Iterator[Audio]:
        """Yield the audio; raises AudioError when it cannot be read, or is not as long as its header states."""
        return blocks(self.take)


def write_take(source: Source, like: Take, path: Path) -> Take:
    """Write audio to a float32 file of the rate and channels of `like`, for plugins; returns it."""
    with open_sound(path, "w", like.sample_rate, like.channels, "FLOAT", format="W64") as file:
        for block in source.blocks():
            file.write(block)
    return Take(path, like.frames, like.sample_rate, like.channels, "W64", "FLOAT")


def write_like(
    original: Take,
    source: Source,
    path: Path,
    provenance: Provenance,
    *,
    dither: bool = True,
    result_format: str = SAME,
) -> str:
    """Write audio to `path` in a copy of the original's file; return the hash of its audio.

    With another `result_format`, the file is a new one with the provenance alone.

    `path` is overwritten. The result is read back and compared with the shape of the original.

    Raises:
        BadResult: a sample is not a finite number, or what was written is not what is read back.
        StorageError: the disk is full, or the folder cannot be written.
        UnsupportedAudio: this kind of file cannot be written back exactly.
    """
    shape = result_shape(original, result_format)
    container = container_for(shape)
    check_space(shape, path.parent)
    finished = _Finished(shape, source, dither)
    encoded: Path | None = None
    try:
        start = start_of(original)
        if shape is not original and start is not None and is_plain(shape, container):
            blank = path.with_name(f"{path.stem}.enc")
            encoded = blank
            write_blank_wav(shape, start, blank)
            payload = _plain_payload(shape, finished, container.byte_order)
            write_copy(blank, path, payload, None, provenance)
        elif shape is not original:
            encoded = path.with_name(f"{path.stem}.enc")
            _encode(shape, container, finished, encoded)
            write_copy(encoded, path, described(shape, container.byte_order), encoded, provenance)
        elif is_plain(original, container):
            payload = _plain_payload(original, finished, byte_order(original, container))
            write_copy(original.path, path, payload, encoded, provenance)
        else:
            encoded = path.with_name(f"{path.stem}.enc")
            payload = described(original, byte_order(original, container))
            _encode(original, container, finished, encoded)
            write_copy(original.path, path, payload, encoded, provenance)
        with place.open_file(path, "rb+") as written:
            place.sync(written)
    except (OSError, soundfile.LibsndfileError, AssertionError) as error:
        # soundfile raises AssertionError for a short write.
        raise not_written(path.parent, error) from error
    finally:
        if encoded is not None:
            place.remove(encoded)
    return _verify(shape, path, None if encoded else finished.digest.hexdigest())


def container_for(original: Take) -> Container:
    """Return the container of a take whose kind of file can be written; raise UnsupportedAudio."""
    container = container_named(original.container)
    if container is None:
        raise UnsupportedAudio("is in a container that cannot be written back", where=str(original.path))
    if not is_plain(original, container) and not soundfile.check_format(
        container.stand_in or original.container, original.subtype, original.endian
    ):
        raise UnsupportedAudio(
            f"is {original.container} with {original.subtype}, which can be read but not written",
            where=str(original.path),
            hint=AS_PCM,
        )
    return container


def start_of(take: Take) -> Fraction | None:
    """Return when a take starts, in seconds since midnight, where its result has to be told (videos)."""
    container = container_named(take.container)
    return None if container is None else container.start(take.path)


def is_plain(take: Take, container: Container) -> bool:
    """Return True if each sample is stored by itself, so that the audio can be replaced in place."""
    return container.stores_samples and take.subtype in BITS


def byte_order(take: Take, container: Container) -> ByteOrder:
    """Return the byte order of the take's samples."""
    if take.endian in ("LITTLE", "BIG"):
        return "little" if take.endian == "LITTLE" else "big"
    return container.byte_order


def described(original: Take, order: ByteOrder) -> Payload:
    """Return a payload of the take's shape, still without audio."""
    bits = BITS.get(original.subtype, 16)
    fixed_rate = original.subtype in FIXED_RATE
    return Payload(original.sample_rate, original.channels, bits, order=order, fixed_rate=fixed_rate)


def _plain_payload(original: Take, finished: _Finished, order: ByteOrder) -> Payload:
    bits = BITS[original.subtype]
    size = original.frames * original.channels * bits // 8

    def samples() -> Iterator[bytes]:
        return (packed(values, original.subtype, order) for values in finished.values())

    return Payload(original.sample_rate, original.channels, bits, size, samples, order=order)


class _Finished:
    """The audio as it is stored: dithered and rounded, where the sample format needs it."""

    def __init__(self, original: Take, source: Source, dither: bool) -> None:
        self._original, self._source, self._dither = original, source, dither
        bits = pcm_bits(original.subtype)
        self._bits = bits if bits is None else min(bits, source.bits or bits)
        self.digest = take_digest(original.sample_rate, original.channels)
        """The hash of the values yielded so far, equal to `audio_hash` of a file that stores them as they are."""

    def values(self) -> Iterator[Audio | npt.NDArray[np.int32]]:
        """Yield blocks of floating-point samples, or of left-aligned integers where the format stores integers.

        Raises:
            BadResult: a sample is not a finite number.
        """
        random = np.random.default_rng(_SEED) if self._dither and needs_dither(self._bits) else None
        for block in self._source.blocks():
            if not np.isfinite(block).all():
                raise BadResult(
                    "the result contains samples that are not finite numbers", where=str(self._original.path)
                )
            if self._bits is None:
                stored = self._stored(block)
                self.digest.update(np.ascontiguousarray(stored, np.float64).data)
                yield stored
                continue
            values = to_pcm(block if random is None else dithered(block, self._bits, random), self._bits)
            self.digest.update(values.data)
            yield values

    def _stored(self, block: Audio) -> Audio:
        """Return samples as a format that stores no integers holds them."""
        subtype = self._original.subtype
        if subtype in LAWS:
            return companded(block, subtype)
        return block.astype(np.float32) if subtype == "FLOAT" else block


def _encode(original: Take, container: Container, finished: _Finished, path: Path) -> None:
    """Encode the audio into a file of its own with libsndfile."""
    # Python creates the file, so that it gets the permissions of the user's umask.
    place.open_file(path, "wb").close()
    gain = container.encoding_gain(original.path)
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
        for values in finished.values():
            file.write(values if gain == 1 else values * np.float32(gain))


def has_provenance(take: Take) -> bool:
    """Return True if takevoice wrote the file and its provenance is still in it."""
    return read_provenance(take.path) is not None


def make_folder(folder: Path) -> None:
    """Create the folder and its parents where they are missing; raise StorageError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise not_written(folder, error) from error


def check_space(original: Take, folder: Path) -> None:
    """Raise StorageError if the folder has no room for a file as large as the take's."""
    try:
        plain = original.frames * original.channels * BITS.get(original.subtype, 0) // 8
        needed = max(original.path.stat().st_size, plain) + _SPARE
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise not_written(folder, error) from error
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
        raise not_written(folder, error) from error


def not_written(folder: Path, error: Exception) -> TakevoiceError:
    """Return the error to raise for a folder in which a file could not be written."""
    if isinstance(error, OSError):
        return storage_error("cannot be written", folder, error)
    try:
        free = shutil.disk_usage(folder).free
    except FileNotFoundError:
        free = 0
    except OSError as refused:
        return storage_error("cannot be written", folder, refused)
    full = free < _SPARE
    return StorageError(
        "the disk is full" if full else f"could not be written ({str(error) or 'short write'})",
        where=str(folder),
        hint=f"{'free some space' if full else 'check the disk'}, then `takevoice retry` the job",
    )


def _verify(original: Take, path: Path, digest: str | None) -> str:
    """Read the result back, and return the hash of its audio, which must be `digest` where that is known."""
    written, found = inspect_hashed(path)
    same = ("frames", "sample_rate", "channels", "container", "subtype")
    wrong = [name for name in same if getattr(written, name) != getattr(original, name)]
    if wrong:
        differences = ", ".join(
            f"{name} {getattr(written, name)} instead of {getattr(original, name)}" for name in wrong
        )
        raise AudioError(
            f"cannot be written back exactly: {differences}",
            where=str(original.path),
            hint=AS_PCM,
        )
    if digest is not None and found != digest:
        raise BadResult(
            "the result that is read back is not the one that was written",
            where=str(path),
            hint="check the disk, then `takevoice retry` the job",
        )
    return found

"""Writing the result: a copy of the original's file with other audio in it, checked after it is written."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import soundfile

from takevoice.audio.containers import Provenance, read_provenance, write_copy
from takevoice.audio.containers.payload import BITS, Audio
from takevoice.audio.takes import Samples, audio_hash, blocks, inspect, native
from takevoice.errors import AudioError, BadResult, StorageError, TakevoiceError, UnsupportedAudio
from takevoice.jobs import Take

_PCM_BITS = {name: bits for name, bits in BITS.items() if name.startswith("PCM_")} | {"ALAC_16": 16}
_ENCODED = ("FLAC", "OGG")  # containers whose audio is never plain samples
_BIG = ("AIFF", "CAF")  # containers whose samples are big-endian unless said otherwise
_DITHERED = 16  # bits, and less
_SPARE = 1 << 20  # bytes that stay free beside the result
_SEED = 7  # of the dither: the same take gives the same bytes again


def write_like(original: Take, audio: Take, path: Path, note: Provenance, *, dither: bool = True) -> str:
    """Writes `audio` to `path` in a copy of the original's file; returns the hash of its audio.

    `path` is overwritten. What was written is read back and compared with the original's shape.

    Raises:
        BadResult: the audio holds samples that are no numbers.
        StorageError: the disk is full, or the folder cannot be written.
        UnsupportedAudio: the original's kind of file cannot be written back exactly.
    """
    plain = original.subtype in BITS and original.container not in _ENCODED
    container = "RF64" if original.container == "BW64" else original.container
    if not plain and not soundfile.check_format(container, original.subtype, original.endian):
        raise UnsupportedAudio(
            f"is {original.container} with {original.subtype}, which can be read but not written",
            where=str(original.path),
            hint="render it as PCM or float",
        )
    _check_space(original, path.parent)
    spool = path.with_name(f"{path.stem}.enc")
    order = _order(original)
    bits = BITS.get(original.subtype, 16)
    described = Audio(original.sample_rate, original.channels, bits, order=order)
    try:
        if plain:
            size = original.frames * original.channels * bits // 8

            def samples() -> Iterator[bytes]:
                return (packed(block, original.subtype, order) for block in _ready(original, audio, dither))

            described = Audio(original.sample_rate, original.channels, bits, size, samples, order=order)
        else:
            _encode(original, container, _ready(original, audio, dither), spool)
        write_copy(original.path, path, described, None if plain else spool, note)
        with path.open("rb+") as written:
            os.fsync(written.fileno())
    except (OSError, soundfile.LibsndfileError, AssertionError) as error:
        # A short write shows as an AssertionError of soundfile's.
        raise _storage_error(path.parent, error) from error
    finally:
        spool.unlink(missing_ok=True)
    return _verify(original, path)


def _order(take: Take) -> Literal["little", "big"]:
    if take.endian in ("LITTLE", "BIG"):
        return "little" if take.endian == "LITTLE" else "big"
    return "big" if take.container in _BIG else "little"


def _ready(original: Take, audio: Take, dither: bool) -> Iterator[Samples]:
    """The audio as it is to be stored: numbers only, and dithered where its depth shrinks."""
    bits = _PCM_BITS.get(original.subtype, 32)
    random = np.random.default_rng(_SEED) if dither and bits <= _DITHERED else None
    for block in blocks(audio):
        if not np.isfinite(block).all():
            raise BadResult("the result holds samples that are no numbers", where=str(original.path))
        yield block if random is None else dithered(block, bits, random)


def dithered(block: Samples, bits: int, random: np.random.Generator) -> Samples:
    """The block with triangular noise of one step to each side; silence, and what fits without, stays as it is."""
    scaled = block * 2.0 ** (bits - 1)
    if np.array_equal(scaled, np.rint(scaled)):
        return block
    noise = random.random(block.shape) - random.random(block.shape)
    return np.where(block == 0, 0, scaled + noise) / 2.0 ** (bits - 1)


def packed(block: Samples, subtype: str, order: Literal["little", "big"]) -> bytes:
    """Samples as plain formats store them, channels interleaved."""
    arrow = "<" if order == "little" else ">"
    if subtype in ("FLOAT", "DOUBLE"):
        return block.astype(f"{arrow}f{BITS[subtype] // 8}").tobytes()
    bits = BITS[subtype]
    values = to_pcm(block, subtype) >> (32 - bits)  # type: ignore[operator]
    if subtype == "PCM_U8":
        return (values + 128).astype(np.uint8).tobytes()
    if bits != 24:
        return values.astype(f"{arrow}i{bits // 8}").tobytes()
    octets = values.astype(f"{arrow}i4").view(np.uint8).reshape(-1, 4)
    return octets[:, :3].tobytes() if order == "little" else octets[:, 1:].tobytes()


def _encode(original: Take, container: str, audio: Iterator[Samples], path: Path) -> None:
    """Has libsndfile encode the audio into a file of its own."""
    # Made by Python first, so that the file has the rights that the user's umask gives.
    path.open("wb").close()
    with soundfile.SoundFile(
        native(path),
        "w",
        original.sample_rate,
        original.channels,
        original.subtype,
        original.endian,
        container,
    ) as file:
        for block in audio:
            file.write(to_pcm(block, original.subtype))


def to_pcm(block: Samples, subtype: str) -> Samples | npt.NDArray[np.int32]:
    """Samples as they are to be written: rounded and clipped for PCM, for libsndfile alone would floor them."""
    bits = _PCM_BITS.get(subtype)
    if bits is None:
        return block
    scale = 2.0 ** (bits - 1)
    return (np.clip(np.rint(block * scale), -scale, scale - 1).astype(np.int64) << (32 - bits)).astype(
        np.int32
    )


def has_provenance(take: Take) -> bool:
    """True when takevoice wrote the file and its note is still in it."""
    return read_provenance(take.path) is not None


def make_folder(folder: Path) -> None:
    """Makes the folder, and those above it, if it is not there; raises StorageError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _storage_error(folder, error) from error


def _check_space(original: Take, folder: Path) -> None:
    try:
        needed = original.path.stat().st_size + _SPARE
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise _storage_error(folder, error) from error
    if free < needed:
        raise StorageError(
            f"the disk is full: {needed / 1e6:.1f} MB are needed, {free / 1e6:.1f} MB are free",
            where=str(folder),
            hint="make room, then `takevoice retry` the job",
        )


def _storage_error(folder: Path, error: Exception) -> TakevoiceError:
    if isinstance(error, OSError):
        return StorageError(
            f"cannot be written: {error.strerror}",
            where=str(folder),
            hint="check the folder's permissions and space, then `takevoice retry` the job",
        )
    free = shutil.disk_usage(folder).free if folder.is_dir() else 0
    what = "the disk is full" if free < _SPARE else f"could not be written ({str(error) or 'short write'})"
    return StorageError(what, where=str(folder), hint="make room, then `takevoice retry` the job")


def _verify(original: Take, path: Path) -> str:
    written = inspect(path)
    same = ("frames", "sample_rate", "channels", "container", "subtype")
    wrong = [name for name in same if getattr(written, name) != getattr(original, name)]
    if wrong:
        told = ", ".join(
            f"{name} {getattr(written, name)} instead of {getattr(original, name)}" for name in wrong
        )
        raise AudioError(
            f"cannot be written back exactly: {told}",
            where=str(original.path),
            hint="render it as PCM or float WAV",
        )
    return audio_hash(written)

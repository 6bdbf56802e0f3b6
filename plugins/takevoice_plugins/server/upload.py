"""Conversion of an upload to a mono take, in blocks, so that a false header cannot exhaust the memory."""

from __future__ import annotations

import shutil
import weakref
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import soundfile

from takevoice import Take, decode_foreign, errors, scratch_folder
from takevoice_plugins.server.limits import Limits
from takevoice_plugins.server.problems import ClientDisconnected, refused_audio

RAW_RATE = 16_000  # Hz, of pcm_s16le_16
LOWEST, HIGHEST = 8_000, 192_000  # Hz
MAX_CHANNELS = 32
BLOCK = 32_768  # frames


class UploadFolders:
    """The temporary folders of all uploads that are in use, which only this user can read."""

    def __init__(self) -> None:
        self._open: weakref.WeakSet[TemporaryDirectory[str]] = weakref.WeakSet()

    def new(self) -> TemporaryDirectory[str]:
        """Return a new folder. Whoever gets it removes it."""
        folder = scratch_folder("upload")
        self._open.add(folder)
        return folder

    def remove_all(self) -> None:
        """Remove those that are left, when the server ends without waiting for its threads."""
        for folder in list(self._open):
            shutil.rmtree(folder.name, ignore_errors=True)


def mono_take(upload: Path, *, raw: bool, limits: Limits, stopped: Callable[[], bool]) -> Take:
    """Mix the audio down to mono, to a file next to the upload. `raw`: it is 16-bit PCM at 16 kHz without a header.

    Raises:
        Problem: it is not audio, or is too short or too long.
        ClientDisconnected: `stopped` returned True.
    """
    if raw and upload.stat().st_size % 2:
        raise refused_audio("invalid_audio", "The audio is not 16-bit PCM: it has an odd number of bytes.")
    path = upload.with_name("take.wav")
    try:
        with _open(upload, raw, limits, stopped) as source:
            rate = source.samplerate
            if not LOWEST <= rate <= HIGHEST or not 1 <= source.channels <= MAX_CHANNELS:
                raise refused_audio(
                    "invalid_audio",
                    f"The audio has {source.channels} channels at {rate} Hz; send up to {MAX_CHANNELS} channels "
                    f"at {LOWEST} to {HIGHEST} Hz.",
                )
            with soundfile.SoundFile(path, "w", rate, 1, "FLOAT", format="WAV") as target:
                frames = _copy(source, target, int(limits.longest * rate), stopped)
    except (soundfile.LibsndfileError, RuntimeError):
        raise refused_audio(
            "invalid_audio_format", "The audio cannot be read; send it as WAV, AIFF, FLAC, MP3, Ogg, M4A or WebM."
        ) from None
    if frames > limits.longest * rate:
        raise refused_audio("audio_too_long", f"The audio lasts longer than {limits.longest:g} seconds.")
    if frames < limits.shortest * rate:
        raise refused_audio("audio_too_short", f"The audio lasts less than {limits.shortest:g} seconds.")
    return Take(path, frames, rate, 1, "WAV", "FLOAT")


def _open(upload: Path, raw: bool, limits: Limits, stopped: Callable[[], bool]) -> soundfile.SoundFile:
    if raw:
        return soundfile.SoundFile(upload, "r", RAW_RATE, 1, "PCM_16", "LITTLE", "RAW")
    decoded = upload.with_name("decoded.w64")
    try:
        foreign = decode_foreign(upload, decoded, longest=limits.longest + 1, stopped=stopped)
    except errors.AudioError as error:
        raise refused_audio(
            "invalid_audio_format", f"The audio {error.what}; send it as WAV, AIFF, FLAC, MP3, Ogg, M4A or WebM."
        ) from None
    except errors.Cancelled:
        raise ClientDisconnected from None
    return soundfile.SoundFile(decoded if foreign else upload)


def _copy(
    source: soundfile.SoundFile, target: soundfile.SoundFile, limit: int, stopped: Callable[[], bool]
) -> int:
    """Copy mixed-down frames.

    Return their number, which exceeds `limit` if there are more frames than that.
    """
    count = 0
    while count <= limit and len(block := source.read(BLOCK, dtype="float32", always_2d=True)):
        if stopped():
            raise ClientDisconnected
        target.write(block.mean(axis=1, dtype=np.float32))
        count += len(block)
    return count

"""Keeping the recordings of a voice, as one file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import soundfile

from takevoice import errors, make_resampler, open_sound, private_folder
from takevoice_plugins.local.source import FileSource, read_blocks

PARTIAL = ".part"
FULL_SCALE = 1 - 2**-23


def keep_recordings(files: Sequence[Path], target: Path) -> None:
    """Write all recordings in a row to the FLAC `target`: mono, 24 bits, at their highest sample rate.

    Raises:
        AudioError: a recording cannot be read any more.
        StorageError: the file cannot be written; what was there before stays.
    """
    rate = max(_shape(path)[0] for path in files)
    partial = target.with_name(target.name + PARTIAL)
    try:
        private_folder(target.parent)
        with soundfile.SoundFile(os.fsencode(partial), "w", rate, 1, "PCM_24", format="FLAC") as out:
            for path in files:
                _append(path, rate, out)
        partial.replace(target)
    except (OSError, soundfile.LibsndfileError) as error:
        raise errors.StorageError(f"cannot be written: {getattr(error, 'strerror', None) or error}", where=str(target)) from error
    finally:
        partial.unlink(missing_ok=True)


def _shape(path: Path) -> tuple[int, int]:
    """Return the sample rate and the number of frames of a recording."""
    with open_sound(path) as file:
        return file.samplerate, file.frames


def _append(path: Path, rate: int, out: soundfile.SoundFile) -> None:
    own, frames = _shape(path)
    resampler = None if own == rate else make_resampler(own, rate)
    with closing(FileSource(path, own, frames)) as source:
        for block in read_blocks(source):
            out.write(np.clip(block if resampler is None else resampler.process(block), -1, FULL_SCALE))
        if resampler is not None:
            out.write(np.clip(resampler.process(np.zeros(0), last=True), -1, FULL_SCALE))

"""A file of a kind that ffmpeg reads, decoded for a caller who keeps the samples."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from takevoice.audio.containers import container_of
from takevoice.audio.containers.media import Media


def decode_foreign(path: Path, target: Path, *, longest: float, stopped: Callable[[], bool]) -> bool:
    """Decode the first `longest` seconds of the file to `target`, a Wave64 file; return False for a file of another kind.

    Raises:
        AudioError: it cannot be decoded; or there is no ffmpeg.
        StorageError: there is no room for the samples.
        Cancelled: `stopped` returned True.
        OSError: it cannot be read.
    """
    container = container_of(path)
    if not isinstance(container, Media):
        return False
    container.decode(path, target, stopped, longest)
    return True

"""Room on the disk of the state dir for answers, and for the ledger: looked after before anything is paid."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from takevoice.errors import NotWritable
from takevoice.files import storage_error
from takevoice.request import OUTPUT_FORMATS

if TYPE_CHECKING:
    from takevoice.audio import Segment

SPARE = 8 << 20  # bytes that stay free for the ledger and the log
_FLOAT = 4  # bytes of a sample of what is sent, and of an answer whose format the backend chooses
_MARGIN = 1.1  # an answer may be a little longer than the take


class Room:
    """What is promised to requests under way counts as used; used by several threads."""

    def __init__(self, folder: Path) -> None:
        """`folder` need not exist yet."""
        self._folder = folder
        self._promised = 0
        self._lock = threading.Lock()

    @contextmanager
    def promise(self, size: int = 0) -> Iterator[None]:
        """Keep room for `size` bytes; raises NotWritable when there is not as much, and StorageError when the disk does not say."""
        with self._lock:
            problem = full_disk(self._folder, self._promised + size)
            if problem:
                # Without numbers, which differ from take to take: all are reported in one line.
                rule = f"the disk of the state dir ({self._folder}) is too full for what a paid backend sends; free some space there"
                raise NotWritable(problem, rule=rule, hint="free some space there, then `takevoice retry` the job")
            self._promised += size
        try:
            yield
        finally:
            with self._lock:
                self._promised -= size


def full_disk(folder: Path, size: int = 0) -> str:
    """Return that the disk of a folder has no room for `size` bytes and the spare ones; empty when it has. Raises StorageError."""
    there = next(each for each in (folder, *folder.parents) if each.exists())
    try:
        free = shutil.disk_usage(there).free
    except OSError as error:
        raise storage_error("cannot be read", there, error) from error
    needed = size + SPARE
    if free >= needed:
        return ""
    return f"the disk of the state dir ({folder}) is full: {needed / 1e6:.1f} MB are needed, {free / 1e6:.1f} MB are free"


def size_of(segments: Sequence[Segment], sample_rate: int, output_format: str) -> int:
    """Return how many bytes the segments and the answers to them need at most."""
    seconds = sum(segment.frames for segment in segments) / sample_rate
    known = OUTPUT_FORMATS.get(output_format)
    answer = known.bytes_per_second if known else max(96_000.0, _FLOAT * sample_rate)  # such as wav_48000
    return int(seconds * (_FLOAT * sample_rate + _MARGIN * answer))

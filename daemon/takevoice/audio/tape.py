"""Mono audio that is written once, from beginning to end, and then read anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from takevoice.system import place

Mono = npt.NDArray[np.float32]
IN_MEMORY = 6_000_000  # samples: two minutes at 48 kHz, 24 MB


class Tape:
    """float32 samples of one channel: in memory up to a limit, beyond it in a file, which `close` removes."""

    def __init__(self, path: Path, in_memory: int = IN_MEMORY) -> None:
        self._path, self._in_memory = path, in_memory
        self._blocks: list[Mono] = []
        self._file: BinaryIO | None = None
        self.frames = 0

    def append(self, block: Mono) -> None:
        """Add samples at the end; raises OSError when the file cannot be written."""
        self.frames += len(block)
        if self._file is None and self.frames <= self._in_memory:
            self._blocks.append(block)
            return
        if self._file is None:
            self._file = place.open_file(self._path, "wb+")
            for earlier in self._blocks:
                self._file.write(earlier.tobytes())
            self._blocks = []
        self._file.write(block.astype(np.float32, copy=False).tobytes())

    def read(self, start: int, frames: int) -> Mono:
        """Return a range of the samples, with silence before the first and after the last one."""
        first, last = max(0, start), min(self.frames, start + frames)
        if last - first == frames:
            return self._stored(first, last)
        out = np.zeros(frames, np.float32)
        if last > first:
            out[first - start : last - start] = self._stored(first, last)
        return out

    def _stored(self, first: int, last: int) -> Mono:
        if self._file is not None:
            self._file.seek(4 * first)
            return np.frombuffer(self._file.read(4 * (last - first)), np.float32)
        if len(self._blocks) != 1:
            self._blocks = [np.concatenate([np.zeros(0, np.float32), *self._blocks])]
        return self._blocks[0][first:last]

    def close(self) -> None:
        """Forget the samples."""
        self._blocks = []
        if self._file is not None:
            self._file.close()
            place.remove(self._path)

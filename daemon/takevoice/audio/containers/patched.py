"""Files that read with other bytes in a few places: a header is mended for a reader that cannot do without."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Patch = tuple[int, bytes]
"""A position, and the bytes that are read there."""


class PatchedFile(io.FileIO):
    """A file, opened for reading, that has other bytes in some places. It is as long as it is."""

    def __init__(self, path: Path, patches: Iterable[Patch]) -> None:
        self._patches = tuple(patches)
        super().__init__(path, "rb")

    def readinto(self, buffer: Any) -> int:
        """Read into the buffer; return the number of bytes."""
        at = self.tell()
        count = super().readinto(buffer) or 0
        view = memoryview(buffer).cast("B")
        for start, content in self._patches:
            first, last = max(at, start), min(at + count, start + len(content))
            if first < last:
                view[first - at : last - at] = content[first - start : last - start]
        return count

    def read(self, size: int | None = -1) -> bytes:
        """Read up to `size` bytes, or all that follow."""
        if size is None or size < 0:
            at = self.tell()
            size = max(0, self.seek(0, io.SEEK_END) - at)
            self.seek(at)
        data = bytearray(size)
        return bytes(data[: self.readinto(data)])

"""Room on the disk for decoded audio."""

from __future__ import annotations

import shutil
from pathlib import Path

from takevoice.errors import StorageError

SPARE = 1 << 28  # bytes that stay free


def check_space(target: Path, size: int) -> None:
    """Raise StorageError when there is no room for `size` bytes in the folder of `target`, and for a little more."""
    free = shutil.disk_usage(target.parent).free
    if free < size + SPARE:
        raise StorageError(
            f"the disk is full: decoding needs {(size + SPARE) / 1e6:.0f} MB, {free / 1e6:.0f} MB are free",
            where=str(target.parent),
            hint="free some space there, or set TMPDIR (TEMP on Windows) to a folder with more",
        )

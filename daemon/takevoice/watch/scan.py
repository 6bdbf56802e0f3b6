"""What is in a folder now: the truth that events only hint at."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from takevoice.jobs import Fingerprint


def fingerprint_of(status: os.stat_result) -> Fingerprint:
    """The version of a file that a stat shows."""
    return Fingerprint(status.st_size, status.st_mtime_ns, status.st_ino)


def look(path: Path) -> Fingerprint | None:
    """The version of one file now; None when it is gone or no regular file."""
    try:
        status = path.stat()
    except OSError:
        return None
    return fingerprint_of(status) if stat.S_ISREG(status.st_mode) else None


def scan(root: Path, *, recursive: bool, wanted: Callable[[str], bool]) -> Iterator[tuple[Path, Fingerprint]]:
    """Every wanted file below `root`. Links to folders are not followed, so no loop can catch it.

    Raises:
        OSError: `root` itself cannot be read; what is in it is then unknown, not empty.
    """
    folders: list[tuple[str, bool]] = [(str(root), True)]
    while folders:
        folder, is_root = folders.pop()
        try:
            entries = os.scandir(folder)
        except OSError:
            if is_root:
                raise
            continue  # deleted, or not ours to read
        with entries:
            for entry in entries:
                try:
                    if entry.is_dir(follow_symlinks=False):
                        if recursive and not entry.name.startswith("."):
                            folders.append((entry.path, False))
                    elif wanted(entry.name) and entry.is_file():
                        yield Path(entry.path), fingerprint_of(entry.stat())
                except OSError:
                    continue  # went away between the listing and the look

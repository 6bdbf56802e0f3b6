"""What is in a folder now: the truth that events only hint at."""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from takevoice.jobs import FileVersion
from takevoice.watch.names import is_candidate


def signed(number: int) -> int:
    """An inode or device as SQLite keeps it: some systems give 64 bits without a sign."""
    return (number + 2**63) % 2**64 - 2**63


def version_from_stat(status: os.stat_result) -> FileVersion:
    """The version of a file that a stat shows."""
    return FileVersion(status.st_size, status.st_mtime_ns, signed(status.st_ino))


def look(path: Path) -> FileVersion | None:
    """The version of one file now; None when it is gone or no regular file."""
    try:
        status = path.stat()
    except OSError:
        return None
    return version_from_stat(status) if stat.S_ISREG(status.st_mode) else None


def sibling_exists(path: Path, name: str) -> bool:
    """True when a file of that name lies in the same folder, however the system spells it."""
    spellings = {name, unicodedata.normalize("NFC", name), unicodedata.normalize("NFD", name)} - {path.name}
    return any(path.with_name(spelling).exists() for spelling in spellings)


def is_hidden(path: Path, root: Path) -> bool:
    """True when a folder between `root` and the file has a name that begins with a dot."""
    return any(part.startswith(".") for part in path.relative_to(root).parts[:-1])


def candidates(folder: Path, suffixes: Collection[str]) -> Iterator[Path]:
    """Every file in the folder, and below it, that may be a take, in order; raises OSError when it cannot be read."""
    found = scan(folder, recursive=True, wanted=lambda name: is_candidate(name, suffixes, ()))
    return iter(sorted(path for path, _ in found))


def scan(
    root: Path,
    *,
    recursive: bool,
    wanted: Callable[[str], bool],
    without: Collection[Path] = (),
) -> Iterator[tuple[Path, FileVersion]]:
    """Every wanted file below `root`, but not below the folders `without`. Links to folders are not followed, so no loop can catch it.

    Raises:
        OSError: `root` itself cannot be read; what is in it is then unknown, not empty.
    """
    left_out = {str(folder) for folder in without}
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
                        if recursive and not entry.name.startswith(".") and entry.path not in left_out:
                            folders.append((entry.path, False))
                    elif wanted(entry.name) and entry.is_file():
                        yield Path(entry.path), version_from_stat(entry.stat())
                except OSError:
                    continue  # went away between the listing and the look

"""Scans of folders: what is in one now, which events only hint at."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from takevoice.system.fileid import FileVersion, is_placeholder, status_of, version_from
from takevoice.watch.names import is_candidate


def is_hidden(path: Path, root: Path) -> bool:
    """Return True when a folder between `root` and the file has a name that begins with a dot."""
    return any(part.startswith(".") for part in path.relative_to(root).parts[:-1])


def candidates(folder: Path, suffixes: Collection[str]) -> Iterator[Path]:
    """Return every file in the folder and its subfolders that may be a take, sorted; raises OSError when it cannot be read."""
    found = scan(folder, recursive=True, wanted=lambda name: is_candidate(name, suffixes, ()))
    return iter(sorted(path for path, _ in found))


def scan(
    root: Path,
    *,
    recursive: bool,
    wanted: Callable[[str], bool],
    without: Collection[Path] = (),
) -> Iterator[tuple[Path, FileVersion | None]]:
    """Yield every wanted file below `root`, but not below the folders `without`. Links to folders are not followed.

    The version is None for a file that is in the cloud only.

    Raises:
        OSError: `root` itself cannot be read; its contents are then unknown, not empty.
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
            continue  # deleted, or not readable
        with entries:
            for entry in entries:
                try:
                    if entry.is_dir(follow_symlinks=False):
                        if recursive and not entry.name.startswith(".") and entry.path not in left_out:
                            folders.append((entry.path, False))
                    elif wanted(entry.name):
                        path = Path(entry.path)
                        status = status_of(path)
                        if status is not None:
                            yield path, None if is_placeholder(status) else version_from(status)
                except OSError:
                    continue  # removed since it was listed

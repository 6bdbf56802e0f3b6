"""Walks through folders: what is in one now, which events only hint at."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Collection, Iterable, Iterator, MutableMapping
from pathlib import Path

from takevoice.system.fileid import FileVersion, is_placeholder, version_from
from takevoice.watch.ignored import is_ignored_folder
from takevoice.watch.names import candidates_among


def candidates(folder: Path, suffixes: Collection[str]) -> Iterator[Path]:
    """Return every file in the folder and its subfolders that may be a take, sorted; raises OSError when it cannot be read."""
    found = scan(folder, recursive=True, wanted=candidates_among(suffixes, ()))
    return iter(sorted(Path(path) for path, _ in found))


def enters_all_but_ignored(path: str) -> bool:
    """Return True for a folder that is no recycle bin, no snapshot and the like."""
    return not is_ignored_folder(os.path.basename(path))  # noqa: PTH119


def scan(
    root: Path,
    *,
    recursive: bool,
    wanted: Callable[[str], bool],
    enters: Callable[[str], bool] = enters_all_but_ignored,
    follows: Callable[[str], bool] = lambda _: True,
    first: Iterable[str] = (),
    folders: MutableMapping[str, int] | None = None,
    beat: Callable[[], None] = lambda: None,
) -> Iterator[tuple[str, FileVersion | None]]:
    """Yield the path of every wanted file below `root` with its version. Links to folders are not followed.

    The version is None for a file that is in the cloud only. `wanted` gets names; `enters` the paths of subfolders;
    `follows` those of links to files. `first`: subfolders to visit before all others. `folders` receives each folder
    with its time of change (ns). `beat` is called whenever the file system has answered.

    Raises:
        OSError: `root` itself cannot be read; its contents are then unknown, not empty.
    """
    visited: set[str] = set()
    to_visit = [str(root), *reversed(list(first))]
    while to_visit:
        folder = to_visit.pop()
        if folder in visited:
            continue
        visited.add(folder)
        try:
            if folders is not None:
                folders[folder] = os.stat(folder).st_mtime_ns  # noqa: PTH116 - a walk has many names
            entries = os.scandir(folder)
        except OSError:
            if folder == str(root):
                raise
            if folders is not None:
                folders.pop(folder, None)
            continue  # deleted, or not readable
        with entries:
            for entry in entries:
                beat()
                try:
                    if entry.is_dir(follow_symlinks=False):
                        if recursive and enters(entry.path):
                            to_visit.append(entry.path)
                    elif wanted(entry.name) and (not entry.is_symlink() or follows(entry.path)):
                        # Not entry.stat(): see fileid.status_of.
                        status = os.stat(entry.path)  # noqa: PTH116
                        if stat.S_ISREG(status.st_mode):
                            yield entry.path, None if is_placeholder(status) else version_from(status)
                except OSError:
                    continue  # removed since it was listed


def changed_since(
    folders: MutableMapping[str, int], scan_one: Callable[[str], Iterator[tuple[str, FileVersion | None]]], beat: Callable[[], None]
) -> Iterator[tuple[str, FileVersion | None]]:
    """Yield the files in the folders that have got or lost a file since `folders` was noted, and note it again.

    Only folders are examined, and no file in those that are unchanged: a change of a file's contents goes unnoticed.
    """
    for folder, noted in list(folders.items()):
        beat()
        try:
            now = os.stat(folder).st_mtime_ns  # noqa: PTH116
        except OSError:
            folders.pop(folder, None)
            continue
        if now != noted:
            yield from scan_one(folder)
            # A file may have come after the look and within the same tick of the clock: look once more.
            folders[folder] = now if noted < 0 else -1

"""Names where case, or the normal form of Unicode, makes no difference: APFS, HFS+, NTFS, exFAT, many shares."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Collection
from pathlib import Path

from takevoice.system import current
from takevoice.system.patience import within

PATIENCE = 2.0  # seconds
_LONGEST = {"linux": (255, 4095), "macos": (255, 1023)}  # bytes of a name and of a path, limits.h


def is_too_long(path: Path) -> bool:
    """Return True for a path that no file system of this machine accepts; none is asked. On Windows, none is too long."""
    limits = _LONGEST.get(current.name())
    if limits is None:
        return False
    return len(os.fsencode(path)) > limits[1] or any(len(os.fsencode(part)) > limits[0] for part in path.parts)


def as_on_disk(path: Path) -> Path:
    """Return an existing path with each name spelt as its folder lists it; links are followed. Others are returned as given.

    os.path.realpath corrects the case of names on Windows, but not on macOS.
    """
    return _respelt(Path(os.path.realpath(path)))


def other_spelling(path: Path) -> Path | None:
    """Return an absolute path as its folders list it, where that differs in case or normal form; links stay. None otherwise."""
    listed = _respelt(path)
    return None if str(listed) == str(path) else listed


def below_known(path: Path, folders: Collection[Path]) -> Path:
    """Return a path as it begins with one of these folders where it is in one, by whatever name the folder was reached: through a
    link, from another mount, or spelt in another case. Others, and those of file systems that do not answer, are returned as given."""
    if not folders or any(folder in (path, *path.parents) for folder in folders):
        return path
    try:
        return within(PATIENCE, path, lambda: _below_one(path, folders))
    except OSError:
        return path


def _below_one(path: Path, folders: Collection[Path]) -> Path:
    known = {identity: folder for folder in folders if (identity := _identity(folder)) is not None}
    for place in (path, *path.parents):
        if (identity := _identity(place)) in known:
            return known[identity] / path.relative_to(place)
    return path


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return (status.st_dev, status.st_ino) if status.st_ino else None


def _respelt(path: Path) -> Path:
    found = Path(path.anchor)
    for name in path.parts[1:]:
        found = found / _listed(found, name)
    return found


def _listed(folder: Path, name: str) -> str:
    """Return the folder's own spelling of a name; the name itself where the folder has it, or has none like it."""
    wanted = folder / name
    try:
        names = [other.name for other in folder.iterdir()] if wanted.exists() else []
    except OSError:
        return name
    if name in names:
        return name
    alike = [other for other in names if _key(other) == _key(name)]
    return next((other for other in alike if (folder / other).samefile(wanted)), name)


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()

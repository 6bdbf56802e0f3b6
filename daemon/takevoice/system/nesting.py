"""Is a folder inside another one, or the same, under whatever name? Links, bind mounts, other spellings, and two mounts of one share."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from takevoice.system import current, volumes
from takevoice.system.fileid import folder_identity


class _Position(NamedTuple):
    """A folder by its volume, and its path from the top of that: the same for every place where it is mounted."""

    volume: str
    path: PurePosixPath


def path_inside(outer: Path, inner: Path) -> Path | None:
    """Return the path of `inner` below `outer`, empty if they are the same folder; None if it is not inside.

    Raises:
        OSError: one of them does not exist, or cannot be examined.
    """
    return next((found for look in _LOOKS[current.name()] for found in look(outer, inner)), None)


def _by_identity(outer: Path, inner: Path) -> Iterator[Path]:
    """Compare what the system says a folder is with the parents of the other one."""
    wanted, real = outer.stat(), Path(os.path.realpath(inner))
    if wanted.st_ino == 0:
        return  # it says nothing
    for parent in (real, *real.parents):
        if folder_identity(parent.stat()) == folder_identity(wanted):
            yield real.relative_to(parent)


def _by_mounts(outer: Path, inner: Path) -> Iterator[Path]:
    """proc(5), /proc/pid/mountinfo: what is mounted from where."""
    mounts = list(volumes.mounts_linux())
    real = os.path.realpath(outer)
    found = _position(os.path.realpath(inner), mounts)
    if found is None:
        return
    # Folders that are mounted inside of the outer one are walked through too.
    places = [real, *(mount.point for mount in mounts if mount.point.startswith(real.rstrip("/") + "/"))]
    for place in places:
        top = _position(place, mounts)
        if top is not None and top.volume == found.volume and found.path.is_relative_to(top.path):
            yield Path(place).relative_to(real) / found.path.relative_to(top.path)


def _position(real: str, mounts: Iterable[volumes.Mount]) -> _Position | None:
    mount = volumes.innermost(real, mounts)
    if mount is None:
        return None
    below = PurePosixPath(mount.root.lstrip("/")) / PurePosixPath(real).relative_to(mount.point)
    if mount.kind not in volumes.NETWORK:
        return _Position(mount.number, below)
    # Two mounts of one server have two numbers, but the same source, or one that begins in the same way.
    server, _, path = mount.source.removeprefix("//").replace(":", "/", 1).partition("/")
    return _Position(f"{mount.kind} {server}", PurePosixPath(path.strip("/")) / below)


_Look = Callable[[Path, Path], Iterator[Path]]
_LOOKS: Mapping[str, tuple[_Look, ...]] = {
    "linux": (_by_identity, _by_mounts),
    "macos": (_by_identity,),
    "windows": (_by_identity,),
}

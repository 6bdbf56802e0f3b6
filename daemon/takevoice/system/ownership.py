"""Is a file the user's own? A config can send audio and the key elsewhere, so another's is not used unasked."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from takevoice.system import current
from takevoice.system.volumes import NETWORK, volume_of

_OWNERS_KEPT = {"nfs", "nfs4", "afs", "ceph", "glusterfs"}  # shares that keep the owner that a file has on the server


def is_own(path: Path) -> bool:
    """Return True for a file of the user's that no other user can write to. One on a share counts only if owners are kept there."""
    volume = volume_of(path.parent)
    if (volume.remote or volume.kind in NETWORK) and volume.kind not in _OWNERS_KEPT:
        return False
    return _OWN[current.name()](path)


def is_mine(path: Path) -> bool:
    """Return True for a folder or file of the user's own that is no link; raises OSError."""
    return not path.is_symlink() and _OWN[current.name()](path)


def make_private(folder: Path) -> None:
    """Make a folder that only the user can use, or take that right from others.

    Raises:
        OSError: that is not possible; the folder is a link, or belongs to another user.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not folder.is_symlink() and stat.S_IMODE(folder.stat().st_mode) & 0o077:
        folder.chmod(0o700)
    if not is_mine(folder):
        raise PermissionError(errno.EPERM, "it is a link, or another user's")


def _own_unix(path: Path) -> bool:
    posix: Any = os
    status = path.stat()
    return status.st_uid in (posix.geteuid(), 0) and not status.st_mode & stat.S_IWOTH


def _own_windows(_path: Path) -> bool:
    """Rights are no simple matter there: a file on a disk of this machine counts as the user's."""
    return True


_OWN: Mapping[str, Callable[[Path], bool]] = {"linux": _own_unix, "macos": _own_unix, "windows": _own_windows}

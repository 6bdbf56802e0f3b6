"""A folder for what the user's programs on this machine tell each other while they run; it need not survive a restart.

It is the same for each process of the user, however that was started: so no variable of the environment decides.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from takevoice.system import current
from takevoice.system.ownership import is_mine

_TEMP_OF_USER = 65537  # macOS, unistd.h: _CS_DARWIN_USER_TEMP_DIR


def runtime_folder(name: str) -> Path:
    """Return the folder, made if need be, that only the user can use.

    Raises:
        OSError: it cannot be made, or another user has made it.
    """
    return _FOLDER[current.name()](name)


def _linux(name: str) -> Path:
    """The folder of all users that POSIX names: /run/user is not there for services and cron jobs without a login."""
    posix: Any = os
    return _private(Path("/tmp") / f"{name}-{posix.geteuid()}")  # noqa: S108 - made for this user, and checked


def _macos(name: str) -> Path:
    posix: Any = os
    return _private(Path(posix.confstr(_TEMP_OF_USER) or tempfile.gettempdir()) / name)


def _windows(name: str) -> Path:
    folder = Path(tempfile.gettempdir()) / name  # it is in the user's own profile
    folder.mkdir(exist_ok=True)
    return folder


def _private(folder: Path) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    if not is_mine(folder) or stat.S_IMODE(folder.stat().st_mode) & 0o077:
        raise PermissionError(f"{folder} can be used by others")
    return folder


_FOLDER: Mapping[str, Callable[[str], Path]] = {"linux": _linux, "macos": _macos, "windows": _windows}

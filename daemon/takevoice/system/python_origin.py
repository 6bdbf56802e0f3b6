"""Where this Python comes from, and what that means for the files it writes."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Any

from takevoice.system import current

# A part of the path of the interpreter, in lower case and with forward slashes, and what it stands for.
_ORIGINS = (
    ("/windowsapps/", "Microsoft Store"),
    ("pythonsoftwarefoundation.python", "Microsoft Store"),
    ("/uv/python/", "uv"),
    ("/homebrew/", "Homebrew"),
    ("/cellar/", "Homebrew"),
    ("/.pyenv/", "pyenv"),
    ("conda", "conda"),
    ("/library/frameworks/python.framework/", "python.org"),
    ("/programs/python/", "python.org"),
    ("/commandlinetools/", "Xcode"),
    ("/usr/bin/", "system"),
)


def origin(executable: str | None = None) -> str:
    """Return who made this Python, such as "Homebrew"; "unknown" where its path does not show it."""
    path = os.path.realpath(executable or sys.executable).replace("\\", "/").lower()
    return next((name for part, name in _ORIGINS if part in path), "unknown")


def redirected_to(written: Path) -> Path | None:
    """Return where a file that was just written really is, if Windows redirected it; None otherwise.

    Python of the Microsoft Store: new files in AppData go to a private copy, LocalCache, which no other program sees
    (docs.python.org, Using Python on Windows, Known issues: Redirection of local data, registry, and temporary paths).
    """
    real = Path(os.path.realpath(written))
    hidden = "/localcache/" in real.as_posix().replace("\\", "/").lower()
    return real if hidden and real != written else None


def long_paths() -> bool | None:
    """Return True when this system opens paths of more than 260 characters; None when that is unknown."""
    if current.name() != "windows":
        return True
    try:
        registry: Any = importlib.import_module("winreg")
        key = registry.OpenKey(registry.HKEY_LOCAL_MACHINE, r"SYSTEM\CurrentControlSet\Control\FileSystem")
        with key:
            return bool(registry.QueryValueEx(key, "LongPathsEnabled")[0])
    except (ImportError, OSError):
        return None

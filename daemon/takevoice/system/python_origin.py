"""Where this Python comes from, and what that means for the files it writes."""

from __future__ import annotations

import importlib
import os
import re
import sys
from pathlib import Path
from typing import Any

from takevoice.system import current

# A part of a path of the installation, in lower case and with forward slashes, and what it stands for. Windows: "Using
# Python on Windows", docs.python.org, on the Store, the installer and the install manager.
_ORIGINS = (
    ("/windowsapps/", "Microsoft Store"),
    ("pythonsoftwarefoundation.python", "Microsoft Store"),
    ("/uv/python/", "uv"),
    ("/homebrew/", "Homebrew"),
    ("/linuxbrew/", "Homebrew"),
    ("/cellar/", "Homebrew"),
    ("/.pyenv/", "pyenv"),
    ("/pyenv-win/", "pyenv"),
    ("conda", "conda"),
    ("/opt/local/", "MacPorts"),
    ("/library/frameworks/python.framework/", "python.org"),
    ("/programs/python/", "python.org"),
    ("/program files/python3", "python.org"),
    ("/python/pythoncore-", "Python install manager"),
    ("/commandlinetools/", "Xcode"),
    ("/xcode.app/", "Xcode"),
    ("/usr/bin/", "system"),
)
_PRIVATE_COPY = re.compile(r"/packages/[^/]+/localcache/")


def origin(*places: str) -> str:
    """Return who made this Python, such as "Homebrew"; "unknown" where its paths do not show it.

    The `python.exe` of a virtual environment on Windows is no link: only the base installation shows the origin.
    """
    base = vars(sys).get("_base_executable") or sys.executable
    paths = [_plain(place) for place in places or (sys.base_prefix, os.path.realpath(base))]
    return next((name for part, name in _ORIGINS if any(part in path for path in paths)), "unknown")


def redirected_to(written: Path) -> Path | None:
    """Return where a file that was just written really is, if Windows redirected it; None otherwise.

    Python of the Microsoft Store: new files in AppData go to a private copy, LocalCache, which no other program sees
    (docs.python.org, Using Python on Windows, Known issues: Redirection of local data, registry, and temporary paths).
    """
    real = os.path.realpath(written)
    asked, found = (_PRIVATE_COPY.search(_plain(str(path))) for path in (written, real))
    return Path(real) if found and not asked else None


def without_console(python: Path) -> Path | None:
    """Return the Python next to this one that opens no console (pythonw.exe); None where there is none.

    "Using Python on Windows", docs.python.org. Elsewhere, a program opens no window by itself.
    """
    program = python.with_name("pythonw.exe")
    return program if current.name() == "windows" and program.is_file() else None


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


def _plain(path: str) -> str:
    return path.replace("\\", "/").lower()

"""The versions of the free engines, by what they are made of: the same version of takevoice may have another engine, as in development."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from takevoice import __version__
from takevoice_plugins import local, neural


def digest_of(*folders: Path) -> str:
    """Return 12 hexadecimal digits for all files of packages, whatever their line ends. Raises OSError."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*"), key=lambda each: each.relative_to(folder).as_posix()):
            if path.is_file() and "__pycache__" not in path.parts:
                data = path.read_bytes().replace(b"\r\n", b"\n")
                digest.update(f"{path.relative_to(folder).as_posix()} {len(data)} ".encode() + data)
    return digest.hexdigest()[:12]


_FOLDERS = {package.NAME: Path(str(package.__file__)).parent for package in (local, neural)}
ENGINES: Mapping[str, str] = {name: digest_of(folder) for name, folder in _FOLDERS.items()}
"""The version of each engine, by its backend's name: as it was when this process began."""
BUILD = f"{__version__}+{digest_of(*_FOLDERS.values())}"
"""The version of takevoice, and of its engines: two machines with the same one make the same of a take."""

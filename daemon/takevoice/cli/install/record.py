"""What an installer has written to a folder, so that an update and an uninstallation know their own files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from takevoice.files import write_atomic
from takevoice.version import __version__

NAME = "installed.json"


@dataclass(frozen=True)
class Record:
    """The SHA-256 of each file as it was written, by path. It is kept as JSON in the file `path`.

    The paths in that file are relative to the folder `base`, which they never leave: a record that was damaged or made up
    names no other file.
    """

    path: Path
    base: Path
    hashes: Mapping[Path, str] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path, base: Path) -> Record:
        """Read a record; an empty one if there is none, or none that can be used."""
        try:
            stored = json.loads(path.read_bytes())["files"]
            hashes = {base / name: str(value) for name, value in stored.items() if _is_inside(name)}
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            hashes = {}
        return cls(path, base, hashes)

    def wrote(self, path: Path, content: bytes) -> bool:
        """Return True when this file has this content because an installer wrote it, and it was not edited since."""
        return self.hashes.get(path) == digest(content)

    def write(self, hashes: Mapping[Path, str]) -> None:
        """Replace the record.

        Raises:
            OSError: it cannot be written.
        """
        names = {path.relative_to(self.base).as_posix(): value for path, value in sorted(hashes.items())}
        text = json.dumps({"version": __version__, "files": names}, indent=1)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(self.path, f"{text}\n".encode())


def digest(content: bytes) -> str:
    """Return the SHA-256 of a content, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def _is_inside(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return bool(parts) and not name.startswith("/") and not any(c in name for c in "\\:\0") and ".." not in parts

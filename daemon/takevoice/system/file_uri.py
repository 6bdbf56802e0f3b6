"""Paths as the URIs that SQLite opens files by, with options for how."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from takevoice.system import current


def file_uri(path: str | os.PathLike[str]) -> str:
    """Return the URI of an absolute path."""
    return _URI[current.name()](path)


def _plain(path: str | os.PathLike[str]) -> str:
    """Escape what sqlite.org/uri.html names, section 3.2; bytes that are no UTF-8 stay as they are."""
    escaped = os.fspath(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    return f"file://{escaped}"


def _with_drive(path: str | os.PathLike[str]) -> str:
    from pathlib import Path

    return Path(path).as_uri()


_URI: Mapping[str, Callable[[str | os.PathLike[str]], str]] = {
    "linux": _plain,
    "macos": _plain,
    "windows": _with_drive,
}

"""Paths for programs that read file names in the code page of the machine, such as the Lua of REAPER and Ardour on Windows."""

from __future__ import annotations

import ctypes
from pathlib import Path

from takevoice.system import current

_LONGEST = 32_768  # characters


def plain_path(path: Path) -> str | None:
    """Return a spelling of an existing path that every program can open; None when it has none.

    On Windows, a path with characters beyond ASCII has a short name (8.3), unless the volume makes none
    (GetShortPathNameW). Elsewhere, paths are UTF-8.
    """
    text = str(path)
    if current.name() != "windows" or text.isascii():
        return text
    short = ctypes.create_unicode_buffer(_LONGEST)
    if not current.kernel32().GetShortPathNameW(text, short, _LONGEST) or not short.value.isascii():
        return None
    return short.value

"""Which names in a watched folder are never takes. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from fnmatch import fnmatchcase
from pathlib import Path

_DEBRIS = ("*.reapeaks", "*.rpp*", "*.sb-*", "*.tmp", "*.part", "*.crdownload")


def is_candidate(name: str, suffixes: Collection[str], ignore: Iterable[str]) -> bool:
    """True for a name that may be a take's: a known ending, not hidden, no DAW's debris, not ignored by the config."""
    folded = name.casefold()
    if name.startswith(".") or Path(folded).suffix not in suffixes:
        return False
    return not any(fnmatchcase(folded, glob.casefold()) for glob in (*_DEBRIS, *ignore))

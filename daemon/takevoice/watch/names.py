"""Names in a watched folder that are never takes. Pure."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterable
from fnmatch import translate

_SIDECARS = ("*.reapeaks", "*.rpp*", "*.sb-*", "*.tmp", "*.part", "*.crdownload")


def is_candidate(name: str, suffixes: Collection[str], ignore: Iterable[str]) -> bool:
    """Return True for a name that may be a take's: a known suffix, not hidden, not a DAW's sidecar or temporary file, not ignored by the config."""
    folded = name.casefold()
    _, dot, ending = folded.rpartition(".")
    if name.startswith(".") or dot + ending not in suffixes:
        return False
    return _excluded(tuple(ignore)).match(folded) is None


@functools.lru_cache(maxsize=64)
def _excluded(ignore: tuple[str, ...]) -> re.Pattern[str]:
    """Return all globs as one pattern: it is matched for each file of each scan."""
    return re.compile("|".join(translate(glob.casefold()) for glob in (*_SIDECARS, *ignore)))

"""Which names in a watched folder are never takes. Pure."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterable
from fnmatch import translate

_DEBRIS = ("*.reapeaks", "*.rpp*", "*.sb-*", "*.tmp", "*.part", "*.crdownload")


def is_candidate(name: str, suffixes: Collection[str], ignore: Iterable[str]) -> bool:
    """True for a name that may be a take's: a known ending, not hidden, no DAW's debris, not ignored by the config."""
    folded = name.casefold()
    _, dot, ending = folded.rpartition(".")
    if name.startswith(".") or dot + ending not in suffixes:
        return False
    return _left_alone(tuple(ignore)).match(folded) is None


@functools.lru_cache(maxsize=64)
def _left_alone(ignore: tuple[str, ...]) -> re.Pattern[str]:
    """All globs in one: asked for each file of each look through a folder."""
    return re.compile("|".join(translate(glob.casefold()) for glob in (*_DEBRIS, *ignore)))

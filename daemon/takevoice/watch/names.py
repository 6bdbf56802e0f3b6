"""Names in a watched folder that may be takes. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from takevoice.watch.ignored import is_ignored_file


def is_candidate(name: str, suffixes: Collection[str], ignore: Sequence[str]) -> bool:
    """Return True for a name that may be a take's: a known suffix, and not ignored."""
    _, dot, ending = name.casefold().rpartition(".")
    return dot + ending in suffixes and not is_ignored_file(name, ignore)

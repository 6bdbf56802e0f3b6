"""Names in a watched folder that may be takes. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from takevoice.watch.ignored import ignored_files


def is_candidate(name: str, suffixes: Collection[str], ignore: Sequence[str]) -> bool:
    """Return True for a name that may be a take's: a known suffix, and not ignored."""
    return candidates_among(suffixes, ignore)(name)


def candidates_among(suffixes: Collection[str], ignore: Sequence[str]) -> Callable[[str], bool]:
    """Return the function that says whether a name may be a take's; for many names, it is the quicker one."""
    is_ignored = ignored_files(ignore)

    def is_one(name: str) -> bool:
        _, dot, ending = name.rpartition(".")
        return dot + ending.casefold() in suffixes and not is_ignored(name)

    return is_one

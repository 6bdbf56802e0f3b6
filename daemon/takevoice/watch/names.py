"""Names in a watched folder that may be takes. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

from takevoice.watch.ignored import ignored_files, is_ignored_folder
from takevoice.watch.listener import Root


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


def owner_of(path: Path, roots: Iterable[Root]) -> Root | None:
    """Return the innermost watched folder that a file belongs to."""
    parents = set(path.parents)
    fitting = [root for root in roots if path.parent == root.path or (root.recursive and root.path in parents)]
    return max(fitting, key=lambda root: len(root.path.parts), default=None)


def is_skipped(path: Path, root: Root, suffixes: Collection[str], without: Collection[Path]) -> bool:
    """Return True for a file of a watched folder that is never looked at: its name is no take's, or one of its folders is not
    entered."""
    folders = path.relative_to(root.path).parts[:-1]
    return (
        not is_candidate(path.name, suffixes, root.ignore)
        or any(is_ignored_folder(name, root.ignore) for name in folders)
        or not set(without).isdisjoint(path.parents)
    )

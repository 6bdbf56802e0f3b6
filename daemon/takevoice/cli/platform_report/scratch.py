"""A hidden folder for checks, which is always removed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from takevoice.system import place
from takevoice.system.access import PREFIX, hidden_name


@contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """Make a hidden folder, which watchers skip, and remove it with everything in it.

    The folder itself, if it is missing, is made and removed, too.
    """
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    with ExitStack() as stack:
        for each in reversed(missing):
            each.mkdir(exist_ok=True)
            stack.callback(_remove_empty, each)
        path = folder / hidden_name()
        path.mkdir()
        stack.callback(place.remove_tree, path)
        yield path


def left_behind(folder: Path) -> int:
    """Return how many files and folders of checks are still there."""
    return sum(each.name.startswith(PREFIX) for each in folder.iterdir()) if folder.is_dir() else 0


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):  # another program uses it already
        folder.rmdir()

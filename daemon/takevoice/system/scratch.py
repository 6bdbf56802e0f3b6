"""Temporary folders, named after the process that uses them, so that those of processes that were killed can be removed."""

from __future__ import annotations

import functools
import os
import tempfile
from pathlib import Path

from takevoice.system import place
from takevoice.system.ownership import is_mine
from takevoice.system.process import has_ended

_PREFIX = "takevoice-"


def scratch_folder(kind: str) -> tempfile.TemporaryDirectory[str]:
    """Return a new temporary folder that only this user can read; whoever gets it removes it.

    Those of this `kind`, a word without a dash, that killed processes have left are removed first. Raises OSError.
    """
    base = tempfile.gettempdir()
    _remove_leftovers_once(kind, base)
    return tempfile.TemporaryDirectory(prefix=scratch_prefix(kind), dir=base)


def scratch_prefix(kind: str) -> str:
    """Return how the names of this process's folders of a kind begin."""
    return f"{_PREFIX}{kind}-{os.getpid()}-"


def remove_leftovers(kind: str, base: Path) -> None:
    """Remove the folders of a kind whose processes were killed; those of other users stay."""
    for folder in base.glob(f"{_PREFIX}{kind}-*-*"):
        number = folder.name.removeprefix(f"{_PREFIX}{kind}-").partition("-")[0]
        if number.isdecimal() and is_mine(folder) and has_ended(int(number)):
            place.remove_tree(folder)


@functools.cache
def _remove_leftovers_once(kind: str, base: str) -> None:
    remove_leftovers(kind, Path(base))

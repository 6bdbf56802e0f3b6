"""Folders and files that other users of the machine cannot read. On Windows, rights follow from the folder above."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from takevoice.system.ownership import is_mine

OTHERS = 0o077  # what the group and all others may do
OWN_NAME = "takevoice"  # of a folder that is takevoice's alone


def private_folder(folder: Path) -> None:
    """Make the folder for this user only, unless it is there; one that is there and is takevoice's alone becomes private.

    Raises:
        OSError: it cannot be made.
    """
    try:
        folder.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        if not folder.is_dir():
            raise
        if folder.name == OWN_NAME:
            _take_from_others(folder)


def private_file(path: Path) -> None:
    """Make an empty file for this user only, or take the rights of others to one of this user's; nothing if that fails.

    A file that is there is never opened: closing it would end the locks that this process has on it (POSIX), SQLite's too, and
    the next program that closes the database would remove what this process has written and not yet moved into it.
    """
    with suppress(OSError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    _take_from_others(path)


def _take_from_others(path: Path) -> None:
    with suppress(OSError):
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & OTHERS and is_mine(path):
            path.chmod(mode & ~OTHERS)

"""Folders and files that NAS systems, cloud clients and desktops put into shared folders, and that are never takes.

Each entry names who makes it, and where its maker documents the name. Pure.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from fnmatch import translate
from pathlib import Path
from typing import NamedTuple


class Ignored(NamedTuple):
    """A glob for names, in any case, and what it stands for."""

    glob: str
    what: str
    source: str


FOLDERS = (
    Ignored("#recycle", "the recycle bin of a Synology NAS", "kb.synology.com, DSM: File Sharing, Recycle Bin"),
    Ignored("@eadir", "the thumbnails and indexes of a Synology NAS", "kb.synology.com, DSM: Indexing Service"),
    Ignored("@tmp", "temporary files of a Synology NAS", "kb.synology.com, DSM: folders that Hyper Backup leaves out"),
    Ignored("#snapshot", "the snapshots of a Synology NAS", "kb.synology.com, Snapshot Replication: make snapshots visible"),
    Ignored("@recycle", "the recycle bin of a QNAP NAS", "docs.qnap.com, QTS User Guide: Network Recycle Bin"),
    Ignored("@recently-snapshot", "the snapshots of a QNAP NAS", "docs.qnap.com, QTS User Guide: Snapshot Directory"),
    Ignored("~snapshot", "the snapshots of a NetApp share", "docs.netapp.com, ONTAP: access the snapshot directory, SMB"),
    Ignored("$recycle.bin", "the recycle bin of Windows", "learn.microsoft.com, SHEmptyRecycleBin and known folders"),
    Ignored("recycler", "the recycle bin of older Windows", "learn.microsoft.com, Windows XP: how the Recycle Bin stores files"),
    Ignored("system volume information", "Windows' own data of a volume", "learn.microsoft.com, Volume Shadow Copy Service"),
    Ignored("lost+found", "what a file system check found", "mklost+found(8), e2fsck(8)"),
    Ignored("__macosx", "the metadata of a zip from a Mac", "ditto(1), --sequesterRsrc"),
    Ignored("dropbox cache", "the cache of Dropbox", "help.dropbox.com, Cache folder"),
)
"""Folders that are not entered, besides all hidden ones: .Trash-1000 and .Trashes, .snapshot, .snapshots and .zfs,
.@__thumb, .stversions, .sync, .recycle, .dropbox.cache, .tmp.drivedownload and .tmp.driveupload among them."""

FILES = (
    Ignored("~$*", "the owner file of an open document", "learn.microsoft.com, Office: owner files"),
    Ignored("~syncthing~*", "a temporary file of Syncthing", "docs.syncthing.net, Understanding Synchronization: Temporary Files"),
    Ignored("*.sync-conflict-????????-??????-???????.*", "a conflict of Syncthing", "docs.syncthing.net, Understanding Synchronization: Conflicting Changes"),
    Ignored("*.sync-conflict-????????-??????.*", "a conflict of older Syncthing", "docs.syncthing.net, Understanding Synchronization: Conflicting Changes"),
    Ignored("*conflicted copy*)*", "a conflicted copy of Dropbox or Nextcloud", "help.dropbox.com and docs.nextcloud.com, Conflicts"),
    Ignored("*(case conflict*)*", "a case conflict of Dropbox", "help.dropbox.com, Filename case conflicts"),
    Ignored("*_conflict-????????-??????.*", "a conflict of ownCloud", "doc.owncloud.com, Desktop Client: Conflict files"),
)
"""Files that are skipped, besides all hidden ones: .~lock.*, ._*, .syncthing.*, .*.icloud among them. OneDrive's conflicts
(take-COMPUTER.wav) and Google Drive's (take (1).wav) are named as takes are, and are taken."""

SIDECARS = ("*.reapeaks", "*.rpp*", "*.sb-*", "*.tmp", "*.part", "*.crdownload")
"""DAW sidecar files, and temporary files of browsers and the like."""


def is_ignored_folder(name: str, ignore: Sequence[str] = ()) -> bool:
    """Return True for the name of a folder that is not entered: it is hidden, or in the table and not excepted."""
    return name.startswith(".") or _is_listed(name.casefold(), tuple(each.glob for each in FOLDERS), tuple(ignore))


def is_ignored_file(name: str, ignore: Sequence[str] = ()) -> bool:
    """Return True for a name that is skipped: hidden, in the table and not excepted, or named by `ignore`.

    A glob in `ignore` that begins with ! makes exceptions from the tables.
    """
    return ignored_files(ignore)(name)


def ignored_files(ignore: Sequence[str] = ()) -> Callable[[str], bool]:
    """Return the function that says whether a name is skipped, see `is_ignored_file`; for many names, it is the quicker one."""
    own, exceptions = _own(tuple(ignore)), _exceptions(tuple(ignore))
    fits_some = _pattern((*_TABLE_OF_FILES, *own)).match

    def is_ignored(name: str) -> bool:
        if name[:1] == ".":
            return True
        folded = name.casefold()
        if fits_some(folded) is None:  # nearly all names, at one look
            return False
        return _matches(own, folded) or not _matches(exceptions, folded)

    return is_ignored


def why_ignored(path: Path, root: Path, ignore: Sequence[str] = ()) -> str:
    """Return why a file below a watched folder is skipped by its name or its folder's; empty when it is not."""
    for name in path.relative_to(root).parts[:-1]:
        if name.startswith("."):
            return f"the folder {name} is hidden"
        if is_ignored_folder(name, ignore):
            what = next(each.what for each in FOLDERS if each.glob == name.casefold())
            return f'{name} is {what}; ignore = ["!{name}"] has it watched'
    if path.name.startswith("."):
        return "its name is hidden"
    if not is_ignored_file(path.name, ignore):
        return ""
    for each in FILES:
        if _is_listed(path.name.casefold(), (each.glob,), tuple(ignore)):
            return f'it is {each.what}; ignore = ["!{each.glob}"] has such files converted'
    by_config = _matches(_own(tuple(ignore)), path.name.casefold())
    return "its name is ignored by the config" if by_config else "it is a DAW's sidecar, or a temporary file"


def _is_listed(folded: str, table: tuple[str, ...], ignore: tuple[str, ...]) -> bool:
    return _matches(table, folded) and not _matches(_exceptions(ignore), folded)


def _matches(globs: tuple[str, ...], folded: str) -> bool:
    return bool(globs) and _pattern(globs).match(folded) is not None


@functools.lru_cache(maxsize=64)
def _pattern(globs: tuple[str, ...]) -> re.Pattern[str]:
    """Return all globs as one pattern: it is matched for each name of each walk."""
    return re.compile("|".join(translate(glob.casefold()) for glob in globs))


@functools.lru_cache(maxsize=64)
def _exceptions(ignore: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(glob[1:] for glob in ignore if glob.startswith("!"))


@functools.lru_cache(maxsize=64)
def _own(ignore: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(glob for glob in ignore if not glob.startswith("!"))


_TABLE_OF_FILES: tuple[str, ...] = (*SIDECARS, *(each.glob for each in FILES))

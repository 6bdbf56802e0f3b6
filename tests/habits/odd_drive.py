"""A drive with the habits of those that users have, by FUSE: `python odd_drive.py SOURCE MOUNT HABIT,HABIT ...`.

no_links: link(2) and symlink(2) fail with EPERM (FAT, exFAT, many shares)   any_case: names are found in any case, and keep
theirs (NTFS, APFS, exFAT)   decomposed: names are listed in NFD and found in any form (HFS+)   two_seconds: times have steps
of 2 s (FAT)   no_modes: chmod and chown fail with EPERM   held: a file that was written is held for 0.2 s after it was
closed, and cannot be renamed or removed meanwhile (a scanner, an indexer)   open_is_held: neither can an open file (Windows'
shares)   others: every file belongs to another user (noowners, SMB)   no_sync: fsync fails with EINVAL   new_inodes: every
file has another inode at each mount (SMB, FUSE)   slow: each look at a file and each listing takes 2 ms (a NAS behind Wi-Fi)
"""

from __future__ import annotations

import errno
import os
import sys
import threading
import time
import unicodedata
from pathlib import Path
from typing import Any

import mfusepy as fuse

HELD = 0.2  # seconds
SLOW = 0.002  # seconds


class OddDrive(fuse.Operations):  # type: ignore[misc]
    """Passes everything on to a folder, but for the habits."""

    use_ns = True

    def __init__(self, source: str, habits: set[str]) -> None:
        self.source, self.habits = source, habits
        self.shift = time.time_ns() % 1_000_003
        self.opened: dict[str, int] = {}
        self.written: set[str] = set()
        self.held_until: dict[str, float] = {}
        self.mutex = threading.Lock()

    def where(self, path: str) -> str:
        """The file behind a name of the drive."""
        full = self.source
        for part in filter(None, path.split("/")):
            found = f"{full}/{part}"
            if not os.path.lexists(found) and self.habits & {"any_case", "decomposed"} and Path(full).is_dir():
                same = (name for name in os.listdir(full) if self.key(name) == self.key(part))
                spelt = unicodedata.normalize("NFD", part) if "decomposed" in self.habits else part
                found = f"{full}/{next(same, spelt)}"
            full = found
        return full

    def key(self, name: str) -> str:
        """What two spellings of one name have in common."""
        name = unicodedata.normalize("NFC", name)
        return name.casefold() if "any_case" in self.habits else name

    def dawdle(self) -> None:
        """Take as long as a share behind a slow network."""
        if "slow" in self.habits:
            time.sleep(SLOW)

    def refuse(self, *habits: str) -> None:
        if self.habits & set(habits):
            raise fuse.FuseOSError(errno.EPERM)

    def check_free(self, full: str) -> None:
        """Refuse a file that is held. SQLite's own are not: on Windows it retries (os_win.c, winRetryIoerr), here it does not."""
        if ".sqlite3" in full:
            return
        with self.mutex:
            held = "held" in self.habits and self.held_until.get(full, 0) > time.monotonic()
            if held or ("open_is_held" in self.habits and self.opened.get(full)):
                raise fuse.FuseOSError(errno.EACCES)

    def getattr(self, path: str, fh: int | None = None) -> dict[str, Any]:
        self.dawdle()
        return self.look(path)

    def look(self, path: str) -> dict[str, Any]:
        status = os.lstat(self.where(path))
        names = ("st_mode", "st_size", "st_nlink", "st_uid", "st_gid", "st_ino")
        told: dict[str, Any] = {name: getattr(status, name) for name in names}
        if "new_inodes" in self.habits:
            told["st_ino"] += self.shift
        told |= {"st_atime": status.st_atime_ns, "st_mtime": status.st_mtime_ns, "st_ctime": status.st_ctime_ns}
        if "two_seconds" in self.habits:
            told["st_mtime"] = status.st_mtime_ns // 2_000_000_000 * 2_000_000_000
        if "others" in self.habits:
            told["st_uid"] = 501
        return told

    def readdir(self, path: str, fh: int) -> list[tuple[str, dict[str, Any], int]]:
        folder = self.where(path)
        self.dawdle()
        here = [(name, self.look(path), 0) for name in (".", "..")]
        return here + [(name, self.look(f"{path}/{name}"), 0) for name in os.listdir(folder)]

    def create(self, path: str, mode: int, fi: Any = None) -> int:
        full = self.where(path)
        return self.note(full, os.open(full, os.O_RDWR | os.O_CREAT | os.O_TRUNC, mode))

    def open(self, path: str, flags: int) -> int:
        full = self.where(path)
        return self.note(full, os.open(full, flags & (os.O_ACCMODE | os.O_TRUNC)))

    def note(self, full: str, handle: int) -> int:
        with self.mutex:
            self.opened[full] = self.opened.get(full, 0) + 1
        return handle

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        return os.pread(fh, size, offset)

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        with self.mutex:
            self.written.add(self.where(path))
        return os.pwrite(fh, data, offset)

    def truncate(self, path: str, length: int, fh: int | None = None) -> None:
        os.truncate(self.where(path), length)

    def release(self, path: str, fh: int) -> None:
        full = self.where(path)
        os.close(fh)
        with self.mutex:
            self.opened[full] = max(0, self.opened.get(full, 0) - 1)
            if full in self.written:
                self.written.discard(full)
                self.held_until[full] = time.monotonic() + HELD

    def fsync(self, path: str, datasync: int, fh: int) -> int:
        if "no_sync" in self.habits:
            raise fuse.FuseOSError(errno.EINVAL)
        return 0

    fsyncdir = fsync

    def flush(self, path: str, fh: int) -> int:
        return 0

    def mkdir(self, path: str, mode: int) -> None:
        Path(self.where(path)).mkdir(mode)

    def rmdir(self, path: str) -> None:
        Path(self.where(path)).rmdir()

    def unlink(self, path: str) -> None:
        full = self.where(path)
        self.check_free(full)
        Path(full).unlink()

    def rename(self, old: str, new: str, flags: int = 0) -> None:
        source, target = self.where(old), self.where(new)
        self.check_free(source)
        self.check_free(target)
        Path(source).replace(target)
        with self.mutex:
            for table in (self.opened, self.held_until):
                table.pop(source, None)

    def link(self, target: str, source: str) -> None:
        self.refuse("no_links")
        Path(self.where(target)).hardlink_to(self.where(source))

    def symlink(self, target: str, source: str) -> None:
        self.refuse("no_links")
        Path(self.where(target)).symlink_to(source)

    def readlink(self, path: str) -> str:
        return str(Path(self.where(path)).readlink())

    def chmod(self, path: str, mode: int) -> None:
        self.refuse("no_modes")
        Path(self.where(path)).chmod(mode)

    def chown(self, path: str, uid: int, gid: int) -> None:
        self.refuse("no_modes")

    def utimens(self, path: str, times: tuple[int, int] | None = None) -> None:
        os.utime(self.where(path), ns=times) if times else os.utime(self.where(path))

    def statfs(self, path: str) -> dict[str, int]:
        space = os.statvfs(self.source)
        names = ("f_bavail", "f_bfree", "f_blocks", "f_bsize", "f_favail", "f_ffree", "f_files", "f_frsize", "f_namemax")
        return {name: getattr(space, name) for name in names}


if __name__ == "__main__":
    source, mount, habits = sys.argv[1:4]
    fuse.FUSE(OddDrive(source, set(habits.split(","))), mount, foreground=True, use_ino=True, attr_timeout=0, entry_timeout=0)

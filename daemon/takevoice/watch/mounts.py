"""File systems that report no events: those of other machines."""

from __future__ import annotations

import os
import sys
from pathlib import Path

NETWORK = frozenset(
    "nfs nfs4 cifs smb smb2 smb3 smbfs afs afpfs 9p ncpfs ceph glusterfs webdav davfs davfs2 fuse.sshfs fuse.davfs2 fuse.rclone fuse.s3fs fuse.glusterfs".split()
)


def polled(folder: Path, wanted: bool | None) -> bool:
    """Return True when the folder is only scanned: as wanted, else when it is on a network share."""
    return on_network(folder) if wanted is None else wanted


def on_network(folder: Path) -> bool:
    """Return True when the folder is known to be on another machine. Untested on Windows and macOS."""
    import psutil

    if sys.platform == "win32" and str(folder).startswith("\\\\"):
        return True
    real = os.path.realpath(folder)
    mounts = [part for part in psutil.disk_partitions(all=True) if _is_below(real, part.mountpoint)]
    inner = max(mounts, key=lambda part: len(part.mountpoint), default=None)
    return inner is not None and (inner.fstype.lower() in NETWORK or "remote" in inner.opts.split(","))


def _is_below(path: str, mountpoint: str) -> bool:
    return path == mountpoint or path.startswith(mountpoint.rstrip("/\\") + os.sep)

"""Which volume a folder is on: an identity that outlasts reboots and remounts, and whether it is another machine's.

Never the device number alone: macOS changes it at each mount, Linux does for USB disks, FUSE and NFS.
"""

from __future__ import annotations

import ctypes
import os
import re
import struct
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from takevoice.system import current

NETWORK = frozenset(
    "nfs nfs4 cifs smb smb2 smb3 smbfs afs afpfs 9p ncpfs ceph glusterfs lustre beegfs gpfs gfs2 ocfs2 webdav davfs davfs2 fuse.sshfs fuse.davfs2 fuse.rclone fuse.s3fs fuse.glusterfs fuse.ceph-fuse fuse.gvfsd-fuse fuse.smbnetfs".split()
)
LOCAL = frozenset(
    "ext2 ext3 ext4 xfs btrfs zfs f2fs jfs reiserfs bcachefs tmpfs overlay ntfs ntfs3 refs apfs hfs exfat vfat msdos fat32 fat".split()
)
"""File systems that no other machine writes to behind this one's back. What is shared with a virtual machine is not among them."""
MOUNTS = Path("/proc/self/mountinfo")
UUIDS = Path("/dev/disk/by-uuid")
_ATTR_VOL_INFO, _ATTR_VOL_UUID = 0x80000000, 0x00040000  # macOS, sys/attr.h
_DRIVE_REMOTE = 4  # GetDriveTypeW
_LONGEST = 32_768  # characters of a path on Windows


class Volume(NamedTuple):
    """A mounted volume. `identity` is empty when the system tells none."""

    identity: str = ""
    kind: str = ""  # its file system, in lower case
    remote: bool = False  # on another machine

    @property
    def local(self) -> bool:
        """True where this machine alone writes, as far as the system tells."""
        return self.kind in LOCAL and not self.remote


class Mount(NamedTuple):
    """A line of the table of mounts."""

    point: str  # where it is mounted
    kind: str  # its file system, in lower case
    source: str
    number: str = ""  # of its device, as "8:1"
    root: str = "/"  # the folder of its volume that is mounted


def volume_of(folder: Path) -> Volume:
    """Return the volume that the folder is on; an unknown one where the system cannot tell."""
    try:
        return _VOLUME[current.name()](folder)
    except (OSError, ValueError, IndexError):
        return Volume()


def _volume_linux(folder: Path) -> Volume:
    """proc(5), /proc/pid/mountinfo; the UUID by the links that udev makes."""
    mount = innermost(os.path.realpath(folder), mounts_linux())
    if mount is None:
        return Volume()
    device = os.path.realpath(mount.source)
    uuids = UUIDS.iterdir() if UUIDS.is_dir() and device.startswith("/dev/") else ()
    uuid = next((link.name for link in uuids if os.path.realpath(link) == device), "")
    return Volume(f"{mount.kind}:{uuid or mount.source}", mount.kind, mount.kind in NETWORK)


def mounts_linux() -> Iterable[Mount]:
    """Return what is mounted, in the order in which it was; raises OSError or ValueError."""
    return map(_parsed, MOUNTS.read_text("utf-8", "surrogateescape").splitlines())


def _parsed(line: str) -> Mount:
    before, after = line.split(" - ", 1)
    kind, source = after.split()[:2]
    number, root, point = before.split()[2:5]
    return Mount(_unescaped(point), kind.lower(), _unescaped(source), number, _unescaped(root))


def _unescaped(text: str) -> str:
    """Return the text without the octal escapes of spaces and the like."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)


def innermost(path: str, mounts: Iterable[Mount]) -> Mount | None:
    """Return the mount that the path is on; of two at one place, the later one covers the other."""
    inner: Mount | None = None
    for mount in mounts:
        inside = path == mount.point or path.startswith(mount.point.rstrip("/") + "/")
        if inside and (inner is None or len(mount.point) >= len(inner.point)):
            inner = mount
    return inner


def _volume_macos(folder: Path) -> Volume:
    """getattrlist(2) with ATTR_VOL_UUID; a share has none, but a source such as //user@server/share."""
    import psutil  # slow to load

    mounts = (Mount(p.mountpoint, p.fstype.lower(), p.device) for p in psutil.disk_partitions(all=True))
    mount = innermost(os.path.realpath(folder), mounts)
    if mount is None:
        return Volume()
    return Volume(f"{mount.kind}:{_uuid_macos(mount.point) or mount.source}", mount.kind, mount.kind in NETWORK)


def _uuid_macos(mount_point: str) -> str:
    wanted = struct.pack("=HHIIIII", 5, 0, 0, _ATTR_VOL_INFO | _ATTR_VOL_UUID, 0, 0, 0)
    answer = ctypes.create_string_buffer(4 + 16)
    if current.c_library().getattrlist(os.fsencode(mount_point), wanted, answer, ctypes.c_size_t(len(answer)), 0):
        return ""
    uuid = answer.raw[4:]
    return uuid.hex() if any(uuid) else ""


def _volume_windows(folder: Path) -> Volume:
    """GetVolumePathNameW, GetVolumeInformationW and GetDriveTypeW; for mapped drives and UNC paths, too."""
    kernel = current.kernel32()
    root, kind = ctypes.create_unicode_buffer(_LONGEST), ctypes.create_unicode_buffer(64)
    serial = ctypes.c_uint32()
    if not kernel.GetVolumePathNameW(str(folder), root, _LONGEST):
        return Volume()
    remote = kernel.GetDriveTypeW(root.value) == _DRIVE_REMOTE
    if not kernel.GetVolumeInformationW(root.value, None, 0, ctypes.byref(serial), None, None, kind, 64):
        return Volume("", "", remote)
    name = kind.value.lower()
    return Volume(f"{name}:{serial.value:08x}" if serial.value else f"{name}:{root.value}", name, remote)


_VOLUME: Mapping[str, Callable[[Path], Volume]] = {
    "linux": _volume_linux,
    "macos": _volume_macos,
    "windows": _volume_windows,
}

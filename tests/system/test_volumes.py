"""The identity of a volume, on three systems."""

from __future__ import annotations

import ctypes
import shutil
import struct
import subprocess
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from habits.kernel32 import DRIVE_FIXED, DRIVE_REMOTE, Kernel32
from takevoice.system import current, volumes
from takevoice.system.volumes import Volume, volume_of

# Lines as proc(5) describes them.
TABLE = r"""
22 1 259:2 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p2 rw
31 22 0:44 / /mnt/Anna\040Takes rw,relatime shared:9 - cifs //studio/takes rw,vers=3.0
32 22 0:45 / /mnt/nfs rw - nfs4 studio:/export rw
33 22 0:46 / /mnt/ssh rw - fuse.sshfs anna@studio:/takes rw
34 22 8:17 / /media/usb rw - vfat /dev/sdb1 rw
35 22 8:33 / /media/usb rw - exfat /dev/sdc1 rw
36 22 0:50 / /media/usbstick rw - ntfs3 /dev/sdd1 rw
"""


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A table of mounts, and a folder of links from UUIDs to devices."""
    path, uuids = tmp_path / "mountinfo", tmp_path / "by-uuid"
    path.write_text(TABLE.lstrip())
    uuids.mkdir()
    (uuids / "A1B2-C3D4").symlink_to("/dev/sdc1")
    monkeypatch.setattr(volumes, "MOUNTS", path)
    monkeypatch.setattr(volumes, "UUIDS", uuids)
    return path


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("/mnt/Anna Takes/Mon", Volume("cifs://studio/takes".replace("cifs:", "cifs:"), "cifs", True)),
        ("/mnt/nfs", Volume("nfs4:studio:/export", "nfs4", True)),
        ("/mnt/ssh/a", Volume("fuse.sshfs:anna@studio:/takes", "fuse.sshfs", True)),
        ("/media/usb/Exports", Volume("exfat:A1B2-C3D4", "exfat", False)),  # the later mount covers the other
        ("/media/usbstick/x", Volume("ntfs3:/dev/sdd1", "ntfs3", False)),  # no link: the device itself
        ("/home/anna", Volume("ext4:/dev/nvme0n1p2", "ext4", False)),
    ],
)
def test_linux_names_a_volume_by_its_uuid_or_its_source(table: Path, folder: str, expected: Volume) -> None:
    assert volume_of(Path(folder)) == expected


@pytest.mark.parametrize(
    ("volume", "local"),
    [
        (Volume("ext4:/dev/sda1", "ext4", False), True),
        (Volume("ntfs:1", "ntfs", False), True),
        (Volume("ntfs:1", "ntfs", True), False),
        (Volume("cifs://studio/takes", "cifs", True), False),
        (Volume("virtiofs:host", "virtiofs", False), False),  # the host writes there, too
        (Volume("fuse.mergerfs:pool", "fuse.mergerfs", False), False),
        (Volume(), False),
    ],
)
def test_where_only_this_machine_writes(volume: Volume, local: bool) -> None:
    assert volume.local is local


def test_a_table_that_cannot_be_read_names_none(table: Path) -> None:
    table.write_text("not a table\n")
    assert volume_of(Path("/home")) == Volume()
    table.write_text("")
    assert volume_of(Path("/home")) == Volume()
    table.unlink()
    assert volume_of(Path("/home")) == Volume()


@pytest.mark.skipif(shutil.which("findmnt") is None, reason="needs findmnt (util-linux)")
def test_the_real_table_is_read_as_findmnt_reads_it(tmp_path: Path) -> None:
    told = subprocess.run(
        ["findmnt", "-no", "FSTYPE,SOURCE", "--target", tmp_path], capture_output=True, text=True, check=True
    )
    kind, source = told.stdout.split()
    found = volume_of(tmp_path)
    assert found.kind == kind
    assert found.identity.startswith(f"{kind}:")
    assert found.identity == f"{kind}:{source.partition('[')[0]}" or Path("/dev/disk/by-uuid").is_dir()


Part = namedtuple("Part", "device mountpoint fstype opts")


class Mac:
    """getattrlist(2): a volume's UUID, asked for at its mount point."""

    def __init__(self, uuids: dict[str, bytes]) -> None:
        self.uuids = uuids

    def getattrlist(self, path: bytes, wanted: bytes, answer: Any, size: Any, options: int) -> int:
        count, _, common, volume, folder, file, fork = struct.unpack("=HHIIIII", wanted)
        assert (count, common, folder, file, fork, options) == (5, 0, 0, 0, 0, 0)
        assert volume == 0x80000000 | 0x00040000, "ATTR_VOL_INFO must be set with every attribute of a volume"
        uuid = self.uuids.get(path.decode())
        if uuid is None:
            return -1
        data = struct.pack("=I", 20) + uuid
        assert size.value >= len(data)
        ctypes.memmove(answer, data, len(data))
        return 0


@pytest.fixture
def mac(monkeypatch: pytest.MonkeyPatch, on: Callable[[str], None]) -> None:
    """macOS, with a disk, a USB disk without UUID, and a share."""
    on("macos")
    monkeypatch.setattr("os.path.realpath", lambda path: str(path))
    parts = [
        Part("/dev/disk3s5", "/System/Volumes/Data", "apfs", "rw"),
        Part("/dev/disk3s1", "/", "apfs", "ro"),
        Part("/dev/disk4s1", "/Volumes/STICK", "exfat", "rw"),
        Part("//anna@studio/Takes", "/Volumes/Takes", "smbfs", "rw"),
    ]
    monkeypatch.setattr("psutil.disk_partitions", lambda **_: parts)
    library = Mac({"/": bytes(range(16)), "/Volumes/STICK": bytes(16)})
    monkeypatch.setattr(current, "c_library", lambda: library)


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("/Users/anna/Exports", Volume(f"apfs:{bytes(range(16)).hex()}", "apfs", False)),
        ("/Volumes/STICK/Exports", Volume("exfat:/dev/disk4s1", "exfat", False)),
        ("/Volumes/Takes/Exports", Volume("smbfs://anna@studio/Takes", "smbfs", True)),
    ],
)
def test_macos_names_a_volume_by_its_uuid_or_its_source(mac: None, folder: str, expected: Volume) -> None:
    assert volume_of(Path(folder)) == expected


def test_macos_without_a_mount_names_none(mac: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("psutil.disk_partitions", lambda **_: [])
    assert volume_of(Path("/Users/anna")) == Volume()


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("C:\\Users\\Jörg\\Exports", Volume("ntfs:cafef00d", "ntfs", False)),
        ("Z:\\Exports", Volume("ntfs:00000012", "ntfs", True)),  # a mapped drive
        ("\\\\studio\\takes\\Exports", Volume("samba:\\\\studio\\takes\\", "samba", True)),  # a server without serials
        ("E:\\Exports", Volume("", "", True)),  # a drive that does not answer
        ("Q:\\Exports", Volume()),
    ],
)
def test_windows_names_a_volume_by_its_serial(kernel32: Kernel32, folder: str, expected: Volume) -> None:
    kernel32.volumes |= {
        "Z:\\": (0x12, "NTFS", DRIVE_REMOTE),
        "\\\\studio\\takes\\": (0, "SAMBA", DRIVE_REMOTE),
        "E:\\": (0, "", DRIVE_REMOTE),
        "D:\\": (1, "NTFS", DRIVE_FIXED),
    }
    assert volume_of(folder) == expected  # type: ignore[arg-type] - a Path of this machine spells it otherwise

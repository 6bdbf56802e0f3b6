"""Which folder is inside of which, under whatever name."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from takevoice.system import current, volumes
from takevoice.system.nesting import path_inside

MOUNTS = """
22 1 259:2 / / rw - ext4 /dev/nvme0n1p2 rw
30 22 0:40 / {0}/a rw - nfs4 studio:/export rw
31 22 0:41 / {0}/b rw - nfs4 studio:/export/takes rw
32 22 0:42 / {0}/c rw - cifs //studio/export rw
33 22 0:43 / {0}/d rw - nfs4 other:/export rw
34 22 259:2 {0}/e/x {0}/f rw - ext4 /dev/nvme0n1p2 rw
35 22 259:2 {0}/e {0}/a/mounted rw - ext4 /dev/nvme0n1p2 rw
"""


@pytest.fixture
def mounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folders a to f, each with a folder x, mounted as in the table."""
    table = tmp_path / "mountinfo"
    table.write_text(MOUNTS.format(tmp_path).lstrip())
    monkeypatch.setattr(volumes, "MOUNTS", table)
    for name in "abcdef":
        (tmp_path / name / "x").mkdir(parents=True)
    return tmp_path


@pytest.mark.parametrize(
    ("outer", "inner", "path"),
    [
        ("a", "b", "takes"),  # two mounts of one share
        ("a", "b/x", "takes/x"),
        ("b", "a", None),
        ("a", "c", None),  # by another protocol
        ("a", "d", None),  # on another machine
        ("e", "f", "x"),  # a bind mount
        ("f", "e", None),
        ("a", "e", "mounted"),  # mounted inside of the outer one
        ("a", "f", "mounted/x"),
        ("d", "d/x", "x"),
        ("d", "d", "."),
    ],
)
def test_linux_compares_what_is_mounted(mounts: Path, outer: str, inner: str, path: str | None) -> None:
    assert path_inside(mounts / outer, mounts / inner) == (None if path is None else Path(path))


def test_a_table_without_a_root_says_nothing(mounts: Path) -> None:
    volumes.MOUNTS.write_text("")
    assert path_inside(mounts / "e", mounts / "f") is None


@pytest.mark.skipif(os.name != "posix", reason="links need a privilege there")
def test_a_link_is_the_folder_that_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "folder" / "x").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    for outer, inner in (("folder", "link/x"), ("link", "folder/x"), ("link", "link/x")):
        assert path_inside(tmp_path / outer, tmp_path / inner) == Path("x")
    with pytest.raises(FileNotFoundError):
        path_inside(tmp_path / "folder", tmp_path / "missing")


def test_a_drive_without_identities_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """FAT and some shares on Windows."""
    monkeypatch.setattr(current, "name", lambda: "windows")
    assert path_inside(tmp_path, tmp_path / ".") == Path()
    monkeypatch.setattr(Path, "stat", lambda *_, **__: SimpleNamespace(st_dev=1, st_ino=0))
    assert path_inside(tmp_path, tmp_path) is None

"""Versions of files, when they arrived, and files in the cloud only."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from habits.kernel32 import Kernel32
from support import make_take
from takevoice.system.fileid import FileVersion, arrived, device, is_placeholder, rested, signed, version_of

LONG_AGO = 1_000_000_000.0


def test_a_version_without_an_inode_is_known_by_size_and_time() -> None:
    known = FileVersion(10, 5, 77)
    assert known.is_same(FileVersion(10, 5, 77))
    assert known.is_same(FileVersion(10, 5, 0))
    assert FileVersion(10, 5, 0).is_same(known)
    assert not known.is_same(FileVersion(10, 5, 78))
    assert known.is_same(FileVersion(10, 5, 78), after_mount=True)
    assert not known.is_same(FileVersion(11, 5, 77), after_mount=True)
    assert not known.is_same(FileVersion(10, 6, 77), after_mount=True)
    assert not known.is_same(None)


@pytest.mark.parametrize("number", [0, 1, 2**63 - 1, 2**63, 2**64 - 1, 2**127])  # ReFS has 128 bits
def test_an_inode_fits_into_the_ledger(number: int) -> None:
    assert -(2**63) <= signed(number) < 2**63


def test_what_is_no_file_has_no_version(tmp_path: Path) -> None:
    assert version_of(tmp_path) is None
    assert version_of(tmp_path / "missing") is None


@pytest.mark.parametrize("system", ["linux", "macos", "windows"])
def test_a_file_that_is_moved_or_copied_in_arrives_then(
    tmp_path: Path, on: Callable[[str], None], kernel32: Kernel32, system: str
) -> None:
    """With its old time of modification, as a move or a careful copy keeps it."""
    on(system)
    (tmp_path / "elsewhere").mkdir()
    old = make_take(tmp_path / "elsewhere" / "take.wav", 0.1)
    os.utime(old, (LONG_AGO, LONG_AGO))
    before = time.time()
    time.sleep(0.05)
    shutil.copy2(old, tmp_path / "copy.wav")
    old.rename(tmp_path / "moved.wav")
    for name in ("copy.wav", "moved.wav"):
        assert (tmp_path / name).stat().st_mtime == LONG_AGO
        assert before <= arrived(tmp_path / name) <= time.time()
    assert not kernel32.open


def test_windows_without_a_time_of_change_takes_that_of_the_creation(tmp_path: Path, kernel32: Kernel32) -> None:
    path = make_take(tmp_path / "take.wav", 0.1)
    kernel32.has_change_time = False
    assert arrived(path) == max(path.stat().st_mtime, path.stat().st_ctime)
    kernel32.deny.add(path)
    assert arrived(path) == max(path.stat().st_mtime, path.stat().st_ctime)


def test_a_file_in_the_cloud_only_is_a_placeholder(tmp_path: Path) -> None:
    class Status:
        st_file_attributes = 0
        st_flags = 0

    assert not is_placeholder(make_take(tmp_path / "take.wav", 0.1).stat())
    for attributes in (0x1000, 0x40000, 0x400000):  # OFFLINE, RECALL_ON_OPEN, RECALL_ON_DATA_ACCESS
        status = Status()
        status.st_file_attributes = 0x20 | attributes
        assert is_placeholder(status)  # type: ignore[arg-type]
    status = Status()
    status.st_flags = 0x40000000  # SF_DATALESS
    assert is_placeholder(status)  # type: ignore[arg-type]


@pytest.mark.parametrize("system", ["linux", "macos", "windows"])
def test_a_file_that_is_moved_in_has_rested_since_it_was_written(
    tmp_path: Path, on: Callable[[str], None], kernel32: Kernel32, system: str
) -> None:
    on(system)
    take = make_take(tmp_path / "take.wav", 0.1)
    written = take.stat().st_mtime
    assert rested(take, take.stat()) < 1
    os.utime(take, (written - 60, written - 60))
    moved = take.rename(tmp_path / "moved.wav")
    assert 59 < rested(moved, moved.stat()) < 62
    os.utime(moved, (written + 60, written + 60))
    assert rested(moved, moved.stat()) == 0
    assert device(moved.stat()) == device(tmp_path.stat())

"""Watched folders that go away, come back, are others than before, or lie on another machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from support import make_take, wait_for
from takevoice import audio
from takevoice.system import place
from takevoice.system.volumes import volume_of
from takevoice.watch import Root, Watcher
from watch.ear import Ear, Start


def test_a_root_that_vanishes_and_comes_back(watch: Start, ear: Ear, folder: Path, tmp_path: Path) -> None:
    watch()
    shutil.rmtree(folder)
    wait_for(lambda: ear.heard("lost", folder))
    folder.mkdir()
    path = make_take(folder / "take.wav")
    wait_for(lambda: ear.heard("back", folder))
    wait_for(lambda: ear.heard("settled", path))


def test_a_root_whose_files_are_all_deleted_is_said_once(watch: Start, ear: Ear, folder: Path) -> None:
    watch(interval=0.2)
    for turn in (1, 2):
        path = make_take(folder / f"{turn}.wav", seed=turn)
        wait_for(lambda path=path: ear.heard("settled", path))
        path.unlink()
        wait_for(lambda turn=turn: ear.events.count(("emptied", folder)) == turn)
    assert not ear.heard("lost", folder)


def test_a_root_replaced_by_another_folder_is_watched_again(
    watch: Start, ear: Ear, folder: Path, tmp_path: Path
) -> None:
    watch(interval=0.3)
    # On Windows a folder cannot be renamed in the moment in which it is scanned.
    place.persist(lambda: folder.rename(tmp_path / "old"), folder)
    folder.mkdir()
    first = make_take(folder / "first.wav")
    wait_for(lambda: ear.heard("settled", first))
    second = make_take(folder / "second.wav")
    wait_for(lambda: ear.heard("settled", second))


def test_a_root_that_is_renamed_and_comes_back(watch: Start, ear: Ear, folder: Path, tmp_path: Path) -> None:
    """What was in it before is not found again."""
    before = make_take(folder / "before.wav")
    watch()
    wait_for(lambda: ear.heard("settled", before))
    place.persist(lambda: folder.rename(tmp_path / "away"), folder)
    wait_for(lambda: ear.heard("lost", folder))
    (tmp_path / "away").rename(folder)
    after = make_take(folder / "after.wav", seed=1)
    wait_for(lambda: ear.heard("settled", after))
    assert ear.events.count(("settled", before)) == 1


@pytest.mark.skipif(
    shutil.which("mount") is None or os.name != "posix" or os.geteuid() != 0, reason="only root can mount"
)
def test_a_root_that_is_unmounted_and_mounted_again(
    watch: Start, ear: Ear, folder: Path, tmp_path: Path
) -> None:
    """An empty mount point looks like a folder whose files were all deleted; nothing is started or forgotten."""
    disk = tmp_path / "disk"
    disk.mkdir()
    before = make_take(disk / "before.wav")
    subprocess.run(["mount", "--bind", disk, folder], check=True)
    try:
        watch()
        wait_for(lambda: ear.heard("settled", folder / before.name))
    finally:
        subprocess.run(["umount", "-l", folder], check=True)
    wait_for(lambda: ear.seen[folder] == {})
    subprocess.run(["mount", "--bind", disk, folder], check=True)
    try:
        make_take(disk / "after.wav", seed=1)
        wait_for(lambda: ear.heard("settled", folder / "after.wav"))
        assert ear.volumes[folder] == volume_of(disk).identity
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def test_a_polled_folder_uses_no_events(ear: Ear, folder: Path) -> None:
    watcher = Watcher(
        ear,
        [Root(folder, poll=True)],
        suffixes=audio.SUFFIXES,
        completeness=audio.completeness,
        quiet=0.1,
        give_up=5.0,
        interval=1.5,
    )
    watcher.start()
    try:
        wait_for(watcher.idle)
        time.sleep(0.1)  # so that the next look is some time away
        began = time.monotonic()
        path = make_take(folder / "take.wav")
        wait_for(lambda: ear.heard("settled", path))
        assert time.monotonic() - began > 0.5
    finally:
        watcher.stop()

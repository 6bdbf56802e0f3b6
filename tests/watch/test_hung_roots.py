"""A watched folder on a share that stops answering: it costs no other folder anything, and is taken up again when it is back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from drives import Drive, mounted, needs_fuse
from support import make_take, wait_for
from takevoice import audio
from takevoice.system.fileid import version_of
from takevoice.watch import Root, Watcher
from watch.ear import Ear

pytestmark = [pytest.mark.process, needs_fuse]


@pytest.fixture
def share(tmp_path: Path) -> Path:
    path = tmp_path / "Share"
    path.mkdir()
    return path


@pytest.fixture
def drive(tmp_path: Path, share: Path) -> Iterator[Drive]:
    (tmp_path / "server").mkdir()
    with mounted(tmp_path / "server", share) as drive:
        yield drive


@contextmanager
def watching(ear: Ear, *folders: Path) -> Iterator[Watcher]:
    watcher = Watcher(
        ear,
        [Root(folder) for folder in folders],
        suffixes=audio.SUFFIXES,
        completeness=audio.completeness,
        quiet=0.1,
        give_up=5.0,
        interval=0.2,
        deadline=0.5,
    )
    watcher.start()
    try:
        yield watcher
    finally:
        began = time.monotonic()
        watcher.stop()
        assert time.monotonic() - began < 3


def test_a_share_that_hangs_holds_up_no_other_folder(
    ear: Ear, folder: Path, share: Path, drive: Drive, tmp_path: Path
) -> None:
    with watching(ear, folder, share) as watcher:
        wait_for(watcher.idle)
        drive.hang()
        make_take(tmp_path / "server" / "there.wav")
        wait_for(lambda: ear.heard("silent", share))
        here = make_take(folder / "here.wav")
        wait_for(lambda: ear.heard("settled", here), 3.0)
        assert watcher.idle()  # what does not answer is not waited for
        drive.answer()
        wait_for(lambda: ear.heard("answers", share))
        wait_for(lambda: ear.heard("settled", share / "there.wav"))
    assert ear.events.count(("silent", share)) == ear.events.count(("answers", share)) == 1


def test_it_starts_and_stops_while_a_share_hangs(ear: Ear, folder: Path, share: Path, drive: Drive) -> None:
    drive.hang()
    with watching(ear, share, folder):
        here = make_take(folder / "here.wav")
        wait_for(lambda: ear.heard("settled", here), 3.0)
        wait_for(lambda: ear.heard("silent", share))


def test_a_share_inside_a_watched_folder_holds_up_only_itself(
    ear: Ear, folder: Path, drive: Drive, share: Path
) -> None:
    """The outer folder does not even look at it."""
    outer = share.parent
    with watching(ear, outer, share) as watcher:
        wait_for(watcher.idle)
        drive.hang()
        wait_for(lambda: ear.heard("silent", share))
        path = make_take(folder / "take.wav")
        wait_for(lambda: ear.heard("settled", path), 3.0)
        assert not ear.heard("silent", outer)


def test_a_new_take_on_a_slow_share_is_found_between_two_walks(ear: Ear, tmp_path: Path, share: Path) -> None:
    """Its folder is seen to have changed long before a walk through all files would come to it."""
    server = tmp_path / "server"
    data = make_take(tmp_path / "take.wav", 0.01).read_bytes()
    for number in range(300):
        path = server / f"{number % 10}" / f"{number}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        version = version_of(path)
        assert version is not None
        ear.dealt_with[share / path.relative_to(server)] = version
    with mounted(server, share, "slow"):
        began = time.monotonic()
        assert sum(path.stat().st_size > 0 for path in share.rglob("*.wav")) == 300
        walk = time.monotonic() - began
        with watching(ear, share) as watcher:
            wait_for(watcher.idle)
            assert ear.events == []
            began = time.monotonic()
            (server / "7" / "new.wav").write_bytes(data)
            wait_for(lambda: ear.heard("settled", share / "7" / "new.wav"), 20)
            assert time.monotonic() - began < max(1.0, walk)

"""The quiet time of real files: which are likely to be finished before it is over, and which need none of it any more."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from support import make_take, wait_for
from watch.ear import Ear, Start

WRITERS = Path(__file__).parent / "writers.py"
AGE = 7200.0  # seconds since the last write


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A take outside of the watched folder that has not been written for a while."""
    return aged(make_take(tmp_path / "old.wav"))


def aged(take: Path) -> Path:
    then = time.time() - AGE
    os.utime(take, (then, then))
    return take


def settled_after(ear: Ear, path: Path, began: float) -> float:
    wait_for(lambda: ear.heard("settled", path))
    return ear.settled_at[path] - began


@pytest.mark.parametrize("how", [os.rename, shutil.copy2])
def test_a_take_that_was_finished_long_ago_need_not_be_quiet_once_more(
    watch: Start, ear: Ear, folder: Path, old: Path, how: object
) -> None:
    """Moved here, or copied with its times."""
    watch(quiet=3600.0)
    began = time.monotonic()
    how(old, folder / "take.wav")  # type: ignore[operator]
    assert settled_after(ear, folder / "take.wav", began) > 0.28
    assert [kind for kind, _ in ear.events] == ["found", "settled"]
    assert not ear.changed


def test_a_flac_that_was_moved_here_neither(watch: Start, ear: Ear, folder: Path, tmp_path: Path) -> None:
    watch(quiet=3600.0)
    aged(make_take(tmp_path / "old.flac", subtype="PCM_16")).rename(folder / "take.flac")
    wait_for(lambda: ear.heard("settled", folder / "take.flac"), 3.0)


def test_a_take_that_was_written_a_moment_before_its_move_has_to_be_quiet(
    watch: Start, ear: Ear, folder: Path, tmp_path: Path
) -> None:
    watch(quiet=1.0)
    take = make_take(tmp_path / "new.wav")
    began = time.monotonic()
    take.rename(folder / "take.wav")
    assert settled_after(ear, folder / "take.wav", began) >= 1.0


def test_so_has_one_that_is_copied_with_a_new_time(watch: Start, ear: Ear, folder: Path, old: Path) -> None:
    watch(quiet=1.0)
    began = time.monotonic()
    shutil.copyfile(old, folder / "take.wav")
    assert settled_after(ear, folder / "take.wav", began) >= 1.0


def test_so_has_one_in_a_folder_that_other_machines_may_write_to(
    watch: Start, ear: Ear, folder: Path, old: Path
) -> None:
    watch(quiet=1.0, poll=True)
    began = time.monotonic()
    old.rename(folder / "take.wav")
    assert settled_after(ear, folder / "take.wav", began) >= 1.0


def test_one_that_is_renamed_again_and_again_has_to_be_quiet_under_its_last_name(
    watch: Start, ear: Ear, folder: Path, old: Path
) -> None:
    watch(quiet=1.6, moved=0.8)
    names = [folder / name for name in ("a.wav", "b.wav", "c.wav")]
    take = old
    for path in names:
        take = take.rename(path)
        began = time.monotonic()
        wait_for(lambda path=path: ear.heard("found", path))  # type: ignore[misc]
        time.sleep(1.0 if path is names[1] else 0.1)
    assert settled_after(ear, names[2], began) >= 1.6
    assert list(ear.settled_at) == [names[2]]


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be moved there")
def test_one_that_a_program_still_has_open_waits_for_that_program(
    watch: Start, ear: Ear, folder: Path, old: Path
) -> None:
    watch(quiet=1.0)
    with old.open("r+b"):
        aged(old).rename(folder / "take.wav")
        wait_for(lambda: ear.heard("found", folder / "take.wav"))
        time.sleep(0.6)
        assert not ear.heard("settled", folder / "take.wav")
    wait_for(lambda: ear.heard("settled", folder / "take.wav"))


def test_half_a_file_that_was_moved_here_is_not_finished(watch: Start, ear: Ear, folder: Path, old: Path) -> None:
    watch(give_up=1.0)
    with old.open("r+b") as file:
        file.truncate(old.stat().st_size // 2)
    aged(old).rename(folder / "take.wav")
    wait_for(lambda: ear.heard("gave up", folder / "take.wav"))
    assert not ear.heard("settled", folder / "take.wav")


def test_a_finished_take_is_likely_to_be_finished_before_its_quiet_time_is_over(
    watch: Start, ear: Ear, folder: Path
) -> None:
    watch(quiet=1.5)
    path = make_take(folder / "take.wav")
    wait_for(lambda: ear.heard("settled", path))
    (likely,) = ear.likely
    assert likely[0] == path
    assert ear.settled_at[path] - likely[1] > 0.8
    assert not ear.changed


@pytest.mark.process
@pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere nobody can tell whether a file is open for writing"
)
@pytest.mark.parametrize("kind", ["header_at_the_end", "preallocated", "header_per_block", "flac", "reopened"])
def test_no_slow_writer_is_likely_to_have_finished_too_early(
    watch: Start, ear: Ear, folder: Path, kind: str
) -> None:
    """They pause for longer than it takes to be likely, with the file open or incomplete."""
    watch(quiet=1.5, give_up=20.0)
    path = folder / ("take.flac" if kind == "flac" else "take.wav")
    done = subprocess.run(
        [sys.executable, WRITERS, kind, path, "1.0"], check=True, capture_output=True, text=True
    )
    wait_for(lambda: ear.heard("settled", path))
    ((_, likely_at),) = ear.likely
    assert float(done.stdout) < likely_at < ear.settled_at[path]


@pytest.mark.process
def test_a_writer_that_comes_back_is_heard_of_once(watch: Start, ear: Ear, folder: Path) -> None:
    watch(quiet=1.5, give_up=20.0)
    path = folder / "take.wav"
    done = subprocess.run(
        [sys.executable, WRITERS, "tagged_later", path, "1.0"], check=True, capture_output=True, text=True
    )
    wait_for(lambda: ear.heard("settled", path))
    assert ear.settled_at[path] - float(done.stdout) > 1.4
    assert (len(ear.likely), ear.changed) == (1, [path])
    assert [kind for kind, _ in ear.events] == ["found", "settled"]

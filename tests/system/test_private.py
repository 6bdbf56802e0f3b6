"""State is for its user alone, whatever the umask says."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import Command, make_take
from takevoice.jobs import Job, State
from takevoice.pipeline.workdir import WorkDir
from takevoice.system.private import private_file, private_folder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="rights of POSIX")


@pytest.fixture(autouse=True)
def open_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_takevoice_makes_is_private(gated: Command, folder: Path) -> None:
    make_take(folder / "take.wav")
    assert "1 converted" in gated("run", "--once", "--osc-port", "0", folder).stderr
    assert mode(gated.state) == 0o700
    files = [*gated.state.glob("ledger.sqlite3*"), *(gated.state / "logs").glob("*.log")]
    assert len(files) >= 2
    assert {mode(path) for path in files} == {0o600}
    assert open_to_others(gated.state) == []


def open_to_others(state: Path) -> list[str]:
    """The files below a state dir with something in them that others could read if the dir itself were open to them."""
    found = []
    for path in state.rglob("*"):
        way = [path, *(each for each in path.parents if each != state and each.is_relative_to(state))]
        if path.is_file() and path.stat().st_size and all(mode(each) & 0o077 for each in way):
            found.append(str(path.relative_to(state)))
    return found


def test_what_the_local_engine_has_learned_of_a_speaker_is_private(command: Command, folder: Path, tmp_path: Path) -> None:
    make_take(folder / "take.wav", 4.0)
    (tmp_path / "shared").mkdir(0o755)
    assert "1 converted" in command("run", "--once", "--osc-port", "0", "--state", tmp_path / "shared", folder).stderr
    assert list((tmp_path / "shared").rglob("*.speaker.json"))
    assert open_to_others(tmp_path / "shared") == []


def test_a_link_out_of_a_watched_folder_gives_nobody_the_audio_behind_it(
    gated: Command, folder: Path, tmp_path: Path
) -> None:
    """Whoever may write into a shared folder cannot read by it what only takevoice's user can read."""
    (tmp_path / "private").mkdir(0o700)
    (folder / "x.wav").symlink_to(make_take(tmp_path / "private" / "take.wav"))
    make_take(folder / "take.wav", seed=1)
    assert "1 converted, 0 failed" in gated("run", "--once", "--osc-port", "0", folder).stderr
    assert not [path.name for path in folder.iterdir() if path.name.startswith("x.") and path.name != "x.wav"]


def test_the_audio_that_a_job_works_with_is_private(tmp_path: Path) -> None:
    job = Job(7, tmp_path / "take.wav", State.CONVERTING)
    assert mode(WorkDir(tmp_path / "work").folder(job)) == 0o700


def test_what_an_older_version_made_becomes_private(tmp_path: Path) -> None:
    folder = tmp_path / "takevoice"
    folder.mkdir(mode=0o755)
    (folder / "file").touch(0o644)
    private_folder(folder)
    private_file(folder / "file")
    assert (mode(folder), mode(folder / "file")) == (0o700, 0o600)


def test_a_folder_that_others_may_use_for_something_else_is_not_closed_to_them(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir(mode=0o755)
    private_folder(tmp_path / "shared")
    assert mode(tmp_path / "shared") == 0o755
    private_folder(tmp_path / "shared" / "new")
    assert mode(tmp_path / "shared" / "new") == 0o700


def test_a_file_in_the_place_of_the_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError):
        private_folder(tmp_path / "file")


@pytest.mark.process
def test_the_locks_of_a_file_that_is_there_stay(tmp_path: Path) -> None:
    """POSIX ends the locks that a process has on a file when it closes any of its handles."""
    import fcntl

    path = tmp_path / "ledger"
    private_file(path)
    with path.open("rb+") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        private_file(path)
        lock = "import fcntl, sys; fcntl.lockf(open(sys.argv[1], 'rb+'), fcntl.LOCK_EX | fcntl.LOCK_NB)"
        other = subprocess.run([sys.executable, "-c", lock, str(path)], capture_output=True, text=True, check=False)
    assert "BlockingIOError" in other.stderr

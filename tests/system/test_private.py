"""State is for its user alone, whatever the umask says."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import Command
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
    gated("run", "--once", "--osc-port", "0", folder)
    assert mode(gated.state) == 0o700
    files = [*gated.state.glob("ledger.sqlite3*"), *(gated.state / "logs").glob("*.log")]
    assert len(files) >= 2
    assert {mode(path) for path in files} == {0o600}


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

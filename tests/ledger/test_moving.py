"""The ledger follows a folder that has another name, also one from another system."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

import pytest

from takevoice.jobs import JobOptions, SourcePart, State
from takevoice.ledger import Ledger
from takevoice.ledger.moving import as_written, move_paths


@pytest.mark.parametrize(
    ("old", "stored"),
    [
        ("/home/ann/Dub", "/home/ann/Dub/Episode 3/a.wav"),
        ("D:\\Dub", "D:\\Dub\\Episode 3\\a.wav"),
        ("D:\\", "D:\\Episode 3\\a.wav"),
        ("\\\\server\\Dub\\", "\\\\server\\Dub\\Episode 3\\a.wav"),
    ],
)
def test_paths_below_the_folder_move_and_no_others(tmp_path: Path, old: str, stored: str) -> None:
    part = SourcePart(PurePosixPath(stored), 1.0, 2.0)  # type: ignore[arg-type]
    with closing(Ledger(tmp_path / "ledger.sqlite3")) as ledger:
        there = ledger.jobs.add(PurePosixPath(stored), State.DONE, options=JobOptions(part=part))  # type: ignore[arg-type]
        beside = ledger.jobs.add(PurePosixPath(f"{old.rstrip(chr(92))}2/b.wav"), State.DONE)  # type: ignore[arg-type]
    assert move_paths(tmp_path / "ledger.sqlite3", old, Path("/films")) == 1
    with closing(Ledger(tmp_path / "ledger.sqlite3")) as ledger:
        moved = ledger.jobs.get(there.id)
        assert moved.path == moved.source == Path("/films/Episode 3/a.wav")
        assert ledger.jobs.get(beside.id).path == beside.path


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (PureWindowsPath("/Users/ann/Dub/"), "/Users/ann/Dub"),
        (PureWindowsPath("D:\\Dub"), "D:\\Dub"),
        (PureWindowsPath("\\\\server\\share\\Dub"), "\\\\server\\share\\Dub"),
        (PurePosixPath("D:\\Dub"), "D:\\Dub"),
        (PurePosixPath("/home/ann/Dub/"), "/home/ann/Dub"),
    ],
)
def test_a_folder_of_another_system_is_looked_for_as_it_was_written_there(typed: PurePath, stored: str) -> None:
    assert as_written(typed) == stored

"""Who writes a file: with real writers, on three systems."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from habits.kernel32 import Kernel32
from support import make_take
from takevoice.system import writers
from takevoice.system.writers import Writers

KEEP_OPEN = "import sys, time; file = open(sys.argv[1], sys.argv[2]); print('open', flush=True); time.sleep(60)"


@contextmanager
def another_program(path: Path, mode: str) -> Iterator[None]:
    """Another process has the file open."""
    process = subprocess.Popen([sys.executable, "-c", KEEP_OPEN, path, mode], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        yield
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def take(tmp_path: Path) -> Path:
    return make_take(tmp_path / "Take É.wav", 0.1)


@pytest.mark.process
@pytest.mark.parametrize(
    ("system", "while_written", "while_read"),
    [
        pytest.param(
            "linux", True, False, marks=pytest.mark.skipif(sys.platform != "linux", reason="the lease is Linux' way")
        ),
        ("windows", True, False),
        ("macos", None, None),  # open files are listed without their modes: unknown, which takes five seconds
    ],
)
def test_a_writer_is_seen(
    take: Path,
    on: Callable[[str], None],
    kernel32: Kernel32,
    monkeypatch: pytest.MonkeyPatch,
    system: str,
    while_written: bool | None,
    while_read: bool | None,
) -> None:
    on(system)
    # The first process of a container may belong to this user and still hide its files, as none does on a Mac.
    every = psutil.process_iter
    monkeypatch.setattr("psutil.process_iter", lambda what: (each for each in every(what) if each.pid != 1))
    assert Writers().being_written(take) is False
    with another_program(take, "rb"):
        assert Writers().being_written(take) is while_read
    with another_program(take, "rb+"):
        assert Writers().being_written(take) is while_written
    assert Writers().being_written(take) is False
    assert not kernel32.open


def test_windows_cannot_tell_of_a_file_that_is_refused(take: Path, kernel32: Kernel32) -> None:
    kernel32.deny.add(take)
    assert Writers().being_written(take) is None


@pytest.mark.parametrize("system", ["linux", "macos"])
def test_a_file_that_is_gone_is_an_error(tmp_path: Path, on: Callable[[str], None], system: str) -> None:
    on(system)
    with pytest.raises(FileNotFoundError):
        Writers().being_written(tmp_path / "gone.wav")


class Uids(NamedTuple):
    real: int


class OpenFile(NamedTuple):
    path: str


class Process:
    def __init__(self, name: str, uid: int, files: list[str] | Exception) -> None:
        self.info = {"name": name, "uids": None if uid < 0 else Uids(uid)}
        self._files = files

    def open_files(self) -> list[OpenFile]:
        if isinstance(self._files, Exception):
            raise self._files
        return [OpenFile(path) for path in self._files]


@pytest.mark.parametrize(
    ("others", "known"),
    [
        ([], False),
        ([("REAPER", 0, ["/elsewhere.wav"])], False),
        ([("REAPER", 0, ["TAKE"])], None),
        ([("kernel", -1, [])], False),
        ([("someone's", 1, PermissionError("not mine"))], False),
        ([("gone", 0, psutil.NoSuchProcess(1))], False),
        ([("hidden", 0, psutil.AccessDenied(1))], None),
        ([("smbd", 1, [])], None),  # a file server writes for others, and may not show its files
    ],
)
def test_macos_is_sure_only_of_a_file_that_none_has_open(
    take: Path,
    on: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    others: list[tuple[str, int, list[str] | Exception]],
    known: bool | None,
) -> None:
    on("macos")
    me, shout = os.getuid(), str(take).upper()  # names that differ in case alone are one file there
    made = [
        Process(n, uid if uid < 0 else me + uid, [shout if p == "TAKE" else p for p in f] if isinstance(f, list) else f)
        for n, uid, f in others
    ]
    monkeypatch.setattr("psutil.process_iter", lambda _: made)
    assert Writers().being_written(take) is known


def test_macos_lists_open_files_once_for_many_takes(
    take: Path, on: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    on("macos")
    lists = []
    monkeypatch.setattr(writers, "_open_files", lambda: lists.append(1) or set())
    seen = Writers()
    assert [seen.being_written(take) for _ in range(50)] == [False] * 50
    assert len(lists) == 1
    monkeypatch.setattr(writers, "LISTED", 0.0)
    seen.being_written(take)
    assert len(lists) == 2

"""Renaming without overwriting, on three systems and on drives that lack what others have."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from habits.busy import FileSteps, refusal
from habits.windows_names import as_windows
from takevoice.system import current, place


class Library:
    """A C library without the calls of one system or the other, or one whose calls fail with an error."""

    def __init__(self, error: int | None = None, names: tuple[str, ...] = ("renameat2", "renamex_np")) -> None:
        for name in names:
            setattr(self, name, self.call)
        self.error = error
        self.calls: list[tuple[Any, ...]] = []

    def call(self, *arguments: Any) -> int:
        self.calls.append(arguments)
        if self.error is not None:
            ctypes.set_errno(self.error)
            return -1
        source, target = (each for each in arguments if isinstance(each, bytes))
        if os.path.lexists(target):
            ctypes.set_errno(errno.EEXIST)
            return -1
        os.rename(source, target)  # noqa: PTH104 - bytes
        return 0


Way = Callable[[pytest.MonkeyPatch], object]


def with_library(system: str, library: Library) -> Way:
    def put(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(current, "name", lambda: system)
        patch.setattr(current, "c_library", lambda: library)

    return put


def without_links(system: str) -> Way:
    """FAT and some shares: link(2) fails with EPERM or ENOTSUP."""

    def link(*_: Any, **__: Any) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    def put(patch: pytest.MonkeyPatch) -> None:
        with_library(system, Library(errno.ENOTSUP))(patch)
        patch.setattr(os, "link", link)

    return put


WAYS: dict[str, Way] = {
    "linux": lambda patch: patch.setattr(current, "name", lambda: "linux"),
    "linux, old C library": with_library("linux", Library(names=())),
    "linux, old file system": with_library("linux", Library(errno.EINVAL)),
    "linux, no links": without_links("linux"),
    "macos": with_library("macos", Library()),
    "macos, old": with_library("macos", Library(names=())),
    "macos, HFS+ or a share": with_library("macos", Library(errno.ENOTSUP)),
    "macos, exFAT": without_links("macos"),
    "windows": as_windows,
}


@pytest.fixture(params=WAYS, ids=str)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "linux" and sys.platform != "linux":
        pytest.skip("the real call is Linux'")
    WAYS[request.param](monkeypatch)
    return str(request.param)


@pytest.fixture
def new(tmp_path: Path) -> Path:
    path = tmp_path / ".tv-abc-1.part"
    path.write_bytes(b"new")
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_free_name_is_taken(way: str, tmp_path: Path, new: Path) -> None:
    place.rename_new(new, tmp_path / "take.wav")
    assert names(tmp_path) == ["take.wav"]
    assert (tmp_path / "take.wav").read_bytes() == b"new"


def test_a_name_that_is_taken_is_never_overwritten(way: str, tmp_path: Path, new: Path) -> None:
    (tmp_path / "take.wav").write_bytes(b"old")
    with pytest.raises(FileExistsError):
        place.rename_new(new, tmp_path / "take.wav")
    assert (tmp_path / "take.wav").read_bytes() == b"old"
    assert new.read_bytes() == b"new"


def test_a_real_error_is_told_as_it_is(way: str, tmp_path: Path, new: Path) -> None:
    with pytest.raises(OSError, match=r"No such file|not support") as caught:
        place.rename_new(new, tmp_path / "missing" / "take.wav")
    assert caught.value.errno == errno.ENOENT or way.startswith("linux, old file")


def test_macos_asks_for_an_exclusive_rename(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, new: Path) -> None:
    library = Library()
    with_library("macos", library)(monkeypatch)
    place.rename_new(new, tmp_path / "take.wav")
    assert library.calls == [(os.fsencode(new), os.fsencode(tmp_path / "take.wav"), 4)]  # RENAME_EXCL


@pytest.mark.parametrize("refusals", [1, 10])
def test_without_links_a_busy_file_leaves_no_empty_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, new: Path, refusals: int
) -> None:
    monkeypatch.setattr(place, "PAUSES", (0.001,))
    without_links("macos")(monkeypatch)
    steps = FileSteps(monkeypatch, tmp_path)
    steps.refuse("replace .tv-abc-#.part", refusals)
    place.rename_new(new, tmp_path / "take.wav")
    assert (names(tmp_path), steps.refused) == (["take.wav"], refusals)


def test_without_links_a_file_that_stays_busy_leaves_no_empty_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, new: Path
) -> None:
    monkeypatch.setattr(place, "PATIENCE", 0.05)
    without_links("macos")(monkeypatch)
    steps = FileSteps(monkeypatch, tmp_path)
    steps.refuse("replace .tv-abc-#.part", 1000)
    with pytest.raises(PermissionError, match="used by another process"):
        place.rename_new(new, tmp_path / "take.wav")
    assert names(tmp_path) == [new.name]


def test_a_name_reserved_by_a_killed_process_is_recognized_and_no_other_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, new: Path
) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: Any) -> None:
        raise Killed

    target = tmp_path / "take.wav"
    with monkeypatch.context() as patch:
        without_links("macos")(patch)
        patch.setattr(os, "replace", killed)
        patch.setattr(place, "remove", lambda _: None)  # the process is gone
        with pytest.raises(Killed):
            place.rename_new(new, target)
    assert place.is_reservation(target, new)
    target.write_bytes(b"")
    assert not place.is_reservation(target, new)  # another program's empty file
    assert not place.is_reservation(tmp_path / "missing", new)


def test_patience_has_an_end_and_a_missing_right_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(place, "PATIENCE", 0.03)
    tries: list[int] = []

    def step(error: OSError) -> None:
        tries.append(1)
        raise error

    for error in (refusal(tmp_path), OSError(errno.EBUSY, "busy"), PermissionError(errno.EACCES, "held by the share")):
        tries.clear()
        with pytest.raises(type(error)):
            place.persist(lambda error=error: step(error), tmp_path / "take.wav")  # type: ignore[misc]
        assert len(tries) > 1
    for error in (refusal(tmp_path, 3), PermissionError(errno.EPERM, "no right"), FileNotFoundError(errno.ENOENT, "gone")):
        tries.clear()
        with pytest.raises(type(error)):
            place.persist(lambda error=error: step(error), tmp_path / "take.wav")  # type: ignore[misc]
        assert len(tries) == 1


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOSYS, errno.ENOTSUP])
@pytest.mark.parametrize("system", ["linux", "macos", "windows"])
def test_a_drive_that_cannot_sync_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, on: Callable[[str], None], system: str, number: int
) -> None:
    """Some FUSE and cloud drives refuse fsync with EINVAL."""
    on(system)

    def fsync(_handle: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setitem(place._SYNC, "linux", fsync)  # type: ignore[index]
    monkeypatch.setitem(place._SYNC, "windows", fsync)  # type: ignore[index]
    with place.open_file(tmp_path / "take.wav", "wb") as file:
        file.write(b"sound")
        place.sync(file)
        assert (tmp_path / "take.wav").read_bytes() == b"sound"  # handed to the system, at least
    place.sync_folder(tmp_path)


def test_a_full_disk_is_no_drive_that_cannot_sync(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fsync(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setitem(place._SYNC, current.name(), fsync)  # type: ignore[index]
    with place.open_file(tmp_path / "take.wav", "wb") as file, pytest.raises(OSError, match="No space"):
        place.sync(file)


def test_macos_empties_the_cache_of_the_drive(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, on: Callable[[str], None]) -> None:
    import fcntl

    on("macos")
    asked: list[int] = []
    monkeypatch.setattr(fcntl, "fcntl", lambda _, command: asked.append(command))
    with place.open_file(tmp_path / "take.wav", "wb") as file:
        place.sync(file)
    assert asked == [51]  # F_FULLFSYNC


def test_what_cannot_be_removed_stays(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(place, "PATIENCE", 0.02)
    folder = tmp_path / "work"
    (folder / "deep").mkdir(parents=True)
    held, free = folder / "deep" / "held.wav", folder / "deep" / "free.wav"
    held.touch()
    free.touch()
    steps = FileSteps(monkeypatch, tmp_path)
    steps.refuse("unlink held.wav", 1000)
    place.remove(held)
    place.remove_tree(folder)
    assert held.exists()
    assert steps.refused > 1
    steps.refuse("", 0)
    place.remove_tree(folder)
    place.remove_tree(folder)
    assert not folder.exists()


@pytest.mark.parametrize("nameless", [True, False], ids=["nameless", "named"])
def test_trying_a_folder_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nameless: bool) -> None:
    if not nameless:
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    place.try_create(tmp_path)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(FileNotFoundError):
        place.try_create(tmp_path / "missing")


@pytest.mark.parametrize("links", [True, False])
def test_a_second_name_replaces_what_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"an answer")
    other.write_bytes(b"another")
    assert not place.is_same_file(one, tmp_path / "none")
    assert not place.is_same_file(one, other)
    if not links:
        without_links("linux")(monkeypatch)
    for _ in range(2):  # once more does nothing
        place.link(one, other)
        assert other.read_bytes() == b"an answer"
        assert place.is_same_file(one, other)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "other"]
    assert one.samefile(other) == links
    one.unlink()
    assert other.read_bytes() == b"an answer"


def test_a_second_name_that_cannot_be_given_leaves_everything_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"another")
    with pytest.raises(FileNotFoundError):
        place.link(tmp_path / "none", tmp_path / "other")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"another"]


def test_a_name_that_any_process_reserves_is_known(tmp_path: Path) -> None:
    path = tmp_path / "take.ada.wav"
    assert not place.is_reserved(path)
    path.write_bytes(b".tv-0a1b2c-17.part")
    assert place.is_reserved(path)
    path.write_bytes(b"RIFF")
    assert not place.is_reserved(path)
    path.write_bytes(b".tv-0a1b2c-17.part" * 10)
    assert not place.is_reserved(path)

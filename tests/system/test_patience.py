"""Calls of the file system that do not answer."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from takevoice.system.patience import NoAnswer, within, without_answer
from takevoice.system.spelling import is_too_long


@pytest.fixture
def hang() -> Iterator[threading.Event]:
    """A call waits for it, as for a server that is gone."""
    event = threading.Event()
    yield event
    event.set()


def test_a_call_that_answers_returns_or_raises_as_it_would(tmp_path: Path) -> None:
    assert within(5.0, tmp_path, tmp_path.is_dir)
    with pytest.raises(FileNotFoundError):
        within(5.0, tmp_path, (tmp_path / "missing").stat)


def test_a_call_that_hangs_is_left_behind(tmp_path: Path, hang: threading.Event) -> None:
    with pytest.raises(NoAnswer, match="does not answer"):
        within(0.05, tmp_path, lambda: hang.wait(20))


def test_folders_are_asked_all_at_once(
    tmp_path: Path, hang: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    share, local, missing = tmp_path / "share", tmp_path, tmp_path / "missing"
    look = Path.stat

    def stat(path: Path) -> object:
        return hang.wait(20) if path == share else look(path)

    monkeypatch.setattr(Path, "stat", stat)
    assert without_answer([share, local, missing], 0.1) == {share}


@pytest.mark.parametrize(
    ("system", "name", "too_long"),
    [("linux", "é" * 128, True), ("linux", "é" * 127, False), ("macos", "/a" * 600, True), ("windows", "x" * 300, False)],
)
def test_a_name_is_too_long_by_the_limits_of_the_system(
    monkeypatch: pytest.MonkeyPatch, system: str, name: str, too_long: bool
) -> None:
    monkeypatch.setattr("takevoice.system.current.name", lambda: system)
    assert is_too_long(Path("/", name)) is too_long

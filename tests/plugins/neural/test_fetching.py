"""Fetching the model: mirrors without ranges, leftovers, full disks, answers at the terminal, and what is fetched again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from support import Command
from takevoice import errors
from takevoice_plugins.neural.fetch import PARTIAL, fetch
from takevoice_plugins.neural.models import MANIFEST, check, folder_of, problem_with

from .test_models import FILES, Publisher, described, publisher

LAST = "checkpoint.pth"


@pytest.mark.parametrize("left", [b"x" * 1000, b"x" * len(FILES[LAST]), b"x" * (len(FILES[LAST]) + 9)], ids=["some", "as much", "more"])
@pytest.mark.parametrize("ranges", [True, False], ids=["ranges", "no ranges"])
def test_leftovers_of_something_else_do_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: bytes, ranges: bool) -> None:
    """Of another file, or of a mirror that sends all of it whatever it is asked for."""
    if not ranges:
        answer = Publisher.do_GET
        monkeypatch.setattr(Publisher, "do_GET", lambda self: (self.headers.__delitem__("Range"), answer(self)))
    model, seen = described(FILES), list[int]()
    (tmp_path / (LAST + PARTIAL)).write_bytes(left)
    with publisher() as (url, _):
        if ranges and len(left) == 1000:
            with pytest.raises(errors.BackendError, match="is not the published checkpoint"):
                fetch(model, url, tmp_path, "yes", seen.append)
        fetch(model, url, tmp_path, "yes", seen.append)
    check(tmp_path, model)
    assert seen[-1] == model.size
    assert {path.name for path in tmp_path.iterdir()} == {*FILES, MANIFEST}


def test_what_is_half_there_is_no_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Publisher, "breaks", 1)
    with publisher() as (url, _), pytest.raises(errors.BackendError):
        fetch(described(FILES), url, tmp_path, "yes", lambda _: None)
    assert not (tmp_path / LAST).exists()


def test_a_disk_without_room_is_told_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 2 * 10**6))  # type: ignore[attr-defined]
    with publisher() as (url, asked), pytest.raises(errors.StorageError, match="has 2 MB free, but the model needs 2 MB"):
        fetch(described(FILES), url, tmp_path, "yes", lambda _: None)
    assert asked == []


def test_what_is_no_address_is_told(command: Command) -> None:
    assert "ftp://there is no address; it begins with https://" in command("voices", "fetch", "--yes", "--mirror", "ftp://there", check=2).stderr


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("YES", 0), ("", 2), ("n", 2)])
def test_the_licence_is_asked_for_at_a_terminal(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, code: int) -> None:
    for name, data in FILES.items():
        (tmp_path / name).write_bytes(data)
    asked: list[str] = []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda text: asked.append(text) or answer)
    command("voices", "fetch", "--from", tmp_path, check=code)
    assert asked == ["Fetch it, under this licence, for voices of people who agree? [y/N] "]
    folder = folder_of(command.state)
    assert (problem_with(folder) == "") == (code == 0)
    if not code:
        assert "accepted at the terminal on 20" in json.loads((folder / MANIFEST).read_text("utf-8"))["accepted"]


def test_it_is_fetched_again_when_that_is_asked_for_and_not_otherwise(command: Command, tmp_path: Path) -> None:
    for text in (b"first", b"second"):
        for name in FILES:
            (tmp_path / name).write_bytes(text)
        command("voices", "fetch", "--yes", "--from", tmp_path)
        assert (folder_of(command.state) / LAST).read_bytes() == b"first"
    command("voices", "fetch", "--yes", "--replace", "--from", tmp_path)
    assert (folder_of(command.state) / LAST).read_bytes() == b"second"
    check(folder_of(command.state))

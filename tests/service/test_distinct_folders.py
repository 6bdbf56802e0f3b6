"""Overlapping watched folders, and one folder under two names, are one."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from drives import without_habits
from support import FAST, Command, make_take
from takevoice.service.distinct_folders import distinct
from takevoice.settings import LoadedConfig, Settings

links = pytest.mark.skipif(os.name != "posix", reason="links need a privilege there")
binds = pytest.mark.skipif(
    shutil.which("mount") is None or os.name != "posix" or os.geteuid() != 0, reason="only root can mount"
)


def watched(*tables: tuple[Path, str]) -> list[tuple[str, str | None]]:
    """The folders that are watched, each with its voice."""
    watch = [{"folder": str(folder), "voice": voice} for folder, voice in tables]
    loaded = distinct(LoadedConfig(Settings.model_validate({"watch": watch})))
    return [(each.folder, each.voice) for each in loaded.settings.watch]


@pytest.fixture
def inner(folder: Path) -> Path:
    path = folder / "Radio"
    path.mkdir()
    return path


@pytest.fixture
def bound(folder: Path, tmp_path: Path) -> Iterator[Path]:
    """The folder under another name."""
    path = tmp_path / "bound"
    path.mkdir()
    subprocess.run(["mount", "--bind", folder, path], check=True)
    yield path
    subprocess.run(["umount", "-l", path], check=True)


def test_folders_that_have_nothing_in_common_stay(folder: Path, inner: Path, tmp_path: Path) -> None:
    other = tmp_path / "missing"
    tables = ((folder, "ada"), (inner, "bea"), (other, "cyd"))
    assert watched(*tables) == [(str(path), voice) for path, voice in tables]


def test_the_first_of_two_tables_for_a_folder_applies(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert watched((folder, "ada"), (folder, "bea")) == [(str(folder), "ada")]
    assert "is named twice" in caplog.text


@links
def test_a_folder_and_a_link_to_it_are_one(folder: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(folder)
    assert watched((folder, "ada"), (link, "bea")) == [(str(folder), "ada")]
    assert watched((link, "bea"), (folder, "ada")) == [(str(link), "bea")]


@links
@pytest.mark.parametrize("inner_first", [False, True])
def test_a_link_into_another_watched_folder_keeps_its_settings(
    folder: Path, inner: Path, tmp_path: Path, inner_first: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    link = tmp_path / "link"
    link.symlink_to(inner)
    tables = ((link, "bea"), (folder, "ada")) if inner_first else ((folder, "ada"), (link, "bea"))
    assert sorted(watched(*tables)) == [(str(folder), "ada"), (str(inner), "bea")]
    assert f"{link} is watched as {inner}" in caplog.text


@links
def test_a_folder_inside_of_one_that_is_not_recursive_keeps_its_name(folder: Path, inner: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(inner)
    watch = [{"folder": str(folder), "recursive": False}, {"folder": str(link)}]
    loaded = LoadedConfig(Settings.model_validate({"watch": watch}))
    assert distinct(loaded) is loaded


@binds
def test_a_bind_mount_is_no_other_folder(bound: Path, folder: Path, inner: Path) -> None:
    assert watched((folder, "ada"), (bound, "bea")) == [(str(folder), "ada")]
    assert watched((folder, "ada"), (bound / "Radio", "bea")) == [(str(folder), "ada"), (str(inner), "bea")]


@binds
@without_habits
def test_a_folder_that_is_mounted_inside_of_another_one_is_inside(bound: Path, folder: Path, tmp_path: Path) -> None:
    outer = tmp_path / "outer"
    (outer / "here").mkdir(parents=True)
    subprocess.run(["mount", "--bind", folder, outer / "here"], check=True)
    try:
        assert watched((outer, "ada"), (folder, "bea")) == [(str(outer), "ada"), (str(outer / "here"), "bea")]
    finally:
        subprocess.run(["umount", "-l", outer / "here"], check=True)


@links
def test_each_take_has_one_job_and_one_result(command: Command, folder: Path, inner: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(inner)
    tables = "".join(f"[[watch]]\nfolder = '{path}'\nvoice = \"{voice}\"\n" for path, voice in ((folder, "mara"), (folder, "ada"), (link, "ada")))
    command.config(f'backend = "local"\n{FAST}\n{tables}')
    make_take(folder / "a.wav", 0.3)
    make_take(inner / "b.wav", 0.3, seed=1)
    command("run", "--once", "--osc-port", "0")
    results = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.wav"))
    assert len(results) == 4
    assert sorted(Path(job["path"]).name for job in command.jobs()) == ["a.wav", "b.wav"]

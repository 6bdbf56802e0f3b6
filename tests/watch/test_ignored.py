"""What NAS systems, cloud clients and desktops leave in shared folders is no take, unless the config says so."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from support import Command, make_take, wait_for
from takevoice import audio
from takevoice.watch.ignored import FILES, FOLDERS, is_ignored_file, is_ignored_folder, why_ignored
from takevoice.watch.scan import candidates
from watch.ear import Ear, Start

ROOT = Path("/Volumes/Takes")
LITTER = [
    *"""
#recycle/t.wav  @eaDir/t.wav  @EADIR/t.wav  #snapshot/GMT-1/t.wav  @Recycle/t.wav  @Recently-Snapshot/t.wav  ~snapshot/hourly/t.wav
$RECYCLE.BIN/t.wav  RECYCLER/t.wav  lost+found/t.wav  __MACOSX/t.wav  .Trash-1000/files/t.wav  .Trashes/t.wav  .snapshot/t.wav
.zfs/t.wav  .stversions/t.wav  .tmp.drivedownload/t.wav  sub/#recycle/deep/t.wav  ~$t.wav  ~syncthing~t.wav  ._t.wav  .~lock.t.wav
t.sync-conflict-20240101-120000-ABCDEFG.wav  .syncthing.t.wav  .t.wav.icloud  t_conflict-20240101-120000.wav
""".split(),
    "System Volume Information/t.wav",
    "t (Ada's conflicted copy 2024-01-01).wav",
    "t (conflicted copy 2024-01-01 120000).wav",
    "t (Case Conflict).wav",
]
TAKES = [
    "t.wav", "recycle/t.wav", "# 1/t.wav", "@home/t.wav", "t-LAPTOP.wav", "t (1).wav", "conflict.wav", "conflicted copy.wav",
    "sync-conflict.wav", "~t.wav", "snapshot/t.wav", "$t.wav",
]  # fmt: skip


@pytest.mark.parametrize("name", LITTER)
def test_litter_is_ignored_and_said_to_be(name: str) -> None:
    assert why_ignored(ROOT / name, ROOT)


@pytest.mark.parametrize("name", TAKES)
def test_takes_are_taken(name: str) -> None:
    assert why_ignored(ROOT / name, ROOT) == ""


def test_an_exception_in_the_config_has_them_watched() -> None:
    ignore = ("*_music*", "!#Recycle", "!*conflicted copy*)*")
    assert why_ignored(ROOT / "#recycle" / "t.wav", ROOT, ignore) == ""
    assert why_ignored(ROOT / "t (Ada's conflicted copy).wav", ROOT, ignore) == ""
    assert why_ignored(ROOT / "@eaDir" / "t.wav", ROOT, ignore)
    assert "the config" in why_ignored(ROOT / "t_music.wav", ROOT, ignore)
    assert not is_ignored_folder("#recycle", ignore) and not is_ignored_file("t (conflicted copy).wav", ignore)


def test_what_is_said_names_the_exception_that_helps() -> None:
    why = why_ignored(ROOT / "@eaDir" / "t.wav", ROOT)
    assert why == '@eaDir is the thumbnails and indexes of a Synology NAS; ignore = ["!@eaDir"] has it watched'
    assert "temporary file" in why_ignored(ROOT / "t.wav.tmp", ROOT)
    assert "hidden" in why_ignored(ROOT / ".t.wav", ROOT)


def test_each_entry_names_its_source() -> None:
    assert all(each.what and each.source and each.glob == each.glob.casefold() for each in (*FOLDERS, *FILES))


def test_a_watcher_and_a_count_leave_it_out(watch: Start, ear: Ear, folder: Path) -> None:
    for name in ("#recycle", "@eaDir"):
        (folder / name).mkdir()
        make_take(folder / name / "before.wav", 0.1)
    watch()
    make_take(folder / "#recycle" / "take.wav", 0.1, seed=1)
    make_take(folder / "~$take.wav", 0.1, seed=2)
    path = make_take(folder / "take.wav", 0.1, seed=3)
    wait_for(lambda: ear.heard("settled", path))
    assert {each for _, each in ear.events} == {path}
    assert list(candidates(folder, audio.SUFFIXES)) == [path]


def test_explain_says_why(command: Command, folder: Path, tmp_path: Path) -> None:
    command.config(f"[[watch]]\nfolder = '{folder}'\n")
    (folder / "#recycle").mkdir()
    deleted = make_take(folder / "#recycle" / "take.wav", 0.1)
    assert 'skipped: #recycle is the recycle bin of a Synology NAS; ignore = ["!#recycle"]' in command(
        "explain", deleted
    ).stdout
    if sys.platform == "win32":
        return  # links need a privilege there
    link = folder / "link.wav"
    link.symlink_to(make_take(tmp_path / "elsewhere.wav", 0.1))
    assert "skipped: it is a link out of the folder" in command("explain", link).stdout

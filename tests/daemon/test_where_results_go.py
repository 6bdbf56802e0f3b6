"""Where results go and how they are called: folders with the tree of the takes, names with fields; and nothing is paid twice for it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from support import FAST, Command, make_take


def run_once(command: Command, folder: Path, settings: str, watch: str = "") -> str:
    """Convert what is in a folder, with these settings of all tracks."""
    command.config(f'backend = "gated"\n{FAST}[defaults]\n{settings}\n[[watch]]\nfolder = "{folder}"\n{watch}\n')
    return command("run", "--once").stderr


def tree(folder: Path) -> list[str]:
    """All files below a folder, without the takes of the test."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))


@pytest.fixture
def takes(folder: Path) -> Path:
    (folder / "ep1" / "retakes").mkdir(parents=True)
    for n, name in enumerate(("Guard_1.wav", "ep1/Anna_03.wav", "ep1/retakes/Anna_03.wav")):
        make_take(folder / name, 0.3, seed=n)
    return folder


def test_a_folder_beside_the_watched_one_mirrors_it_and_keeps_the_names(gated: Command, takes: Path) -> None:
    run_once(gated, takes, 'output_folder = "../Converted"\noutput_name = "{stem}"')
    assert tree(takes.parent / "Converted") == tree(takes)
    run_once(gated, takes, 'output_folder = "../Converted"\noutput_name = "{stem}"')
    assert len(gated.jobs()) == 3


def test_results_in_the_watched_folder_are_no_takes_also_with_a_new_ledger(gated: Command, takes: Path) -> None:
    settings = 'output_folder = "{folder}/converted/{voice}"'
    run_once(gated, takes, settings)
    made = [name for name in tree(takes) if "converted" in name]
    assert made == [
        "converted/ada/Guard_1.ada.wav",
        "ep1/converted/ada/Anna_03.ada.wav",
        "ep1/retakes/converted/ada/Anna_03.ada.wav",
    ]
    shutil.rmtree(gated.state)
    run_once(gated, takes, settings)
    assert [name for name in tree(takes) if "converted" in name] == made


def test_names_for_delivery_and_the_day_of_a_take_are_found_again(gated: Command, takes: Path) -> None:
    for path in takes.rglob("*.wav"):
        os.utime(path, (1_790_000_000, 1_790_000_000))
    settings = 'output_name = "{track}_{voice}_T{take}_{date}_v{n}"\nseed = 7'
    run_once(gated, takes, settings, 'track = "{track}_{take}"')
    made = [name for name in tree(takes) if "_v" in name]
    assert made == [
        "Guard_ada_T1_2026-09-21_v1.wav",
        "ep1/Anna_ada_T03_2026-09-21_v1.wav",
        "ep1/retakes/Anna_ada_T03_2026-09-21_v1.wav",
    ]
    shutil.rmtree(gated.state)
    for path in takes.rglob("*_[013].wav"):  # copied without its time
        os.utime(path, (1_790_900_000, 1_790_900_000))
    run_once(gated, takes, settings, 'track = "{track}_{take}"')
    assert [name for name in tree(takes) if "_v" in name] == made
    make_take(takes / "Guard_1.wav", 0.4, seed=9)
    os.utime(takes / "Guard_1.wav", (1_790_000_000, 1_790_000_000))
    run_once(gated, takes, settings, 'track = "{track}_{take}"')
    assert (takes / "Guard_ada_T1_2026-09-21_v2.wav").exists()


def test_a_disk_that_is_not_there_is_not_made_up(gated: Command, takes: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    settings = f'output_folder = "{disk}/{{track}}"'
    gated.config(f'backend = "gated"\n{FAST}[defaults]\n{settings}\n[[watch]]\nfolder = "{takes}"\n')
    assert "does not exist" in gated("run", "--once", check=1).stderr
    assert not disk.exists()
    disk.mkdir()
    gated("release", takes)
    gated("run", "--once")
    assert tree(disk) == ["Anna_03/ep1/Anna_03.ada.wav", "Anna_03/ep1/retakes/Anna_03.ada.wav", "Guard_1/Guard_1.ada.wav"]


def test_convert_and_explain_say_and_do_the_same(gated: Command, takes: Path) -> None:
    gated.config(f'backend = "gated"\n{FAST}[defaults]\noutput_folder = "../Converted"\n[[watch]]\nfolder = "{takes}"\n')
    result = takes.parent / "Converted" / "ep1" / "Anna_03.ada.wav"
    assert str(result) in gated("explain", takes / "ep1" / "Anna_03.wav").stdout
    assert gated("convert", takes / "ep1" / "Anna_03.wav").stdout.strip() == str(result)
    assert gated("convert", takes / "ep1" / "Anna_03.wav", "--out", f"{takes}/").stdout.strip() == str(takes / "Anna_03.ada.wav")

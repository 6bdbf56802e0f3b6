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


def test_a_name_can_have_the_seed(gated: Command, folder: Path) -> None:
    take = make_take(folder / "take.wav", 0.3)
    run_once(gated, folder, 'output_name = "{stem}.{seed}"')
    gated("convert", take, "--set", "seed=7")
    gated("convert", take, "--candidates", "2")
    assert tree(folder) == ["candidates/take.1.1.wav", "candidates/take.2.2.wav", "take.7.wav", "take.any.2.wav", "take.any.wav", "take.wav"]


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


def test_a_new_render_takes_the_place_of_the_earlier_result_which_is_kept(gated: Command, folder: Path) -> None:
    settings, take, result = 'on_rerender = "replace"', folder / "take.wav", folder / "take.ada.wav"
    seen = []
    for n in range(3):
        make_take(take, 0.3, seed=n)
        run_once(gated, folder, settings)
        seen.append(result.read_bytes())
    assert len(set(seen)) == 3
    older = [folder / "candidates" / f"take.ada.{n}.wav" for n in (1, 2)]
    assert [path.read_bytes() for path in older] == seen[:2]
    assert tree(folder) == ["candidates/take.ada.1.wav", "candidates/take.ada.2.wav", "take.ada.wav", "take.wav"]
    assert [Path(job["output"]) for job in gated.jobs()] == [*older, result]
    run_once(gated, folder, settings)  # none of them is a take
    assert len(gated.jobs()) == 3


@pytest.mark.parametrize("how", ["some bytes more", "one sample, of the same size and time"])
def test_an_edited_result_is_never_replaced(gated: Command, folder: Path, how: str) -> None:
    take, result = make_take(folder / "take.wav", 0.3), folder / "take.ada.wav"
    run_once(gated, folder, 'on_rerender = "replace"')
    edited = bytearray(result.read_bytes())
    if how.startswith("some"):
        result.write_bytes(edited + b"\0\0")
    else:
        before = result.stat()
        edited[edited.index(b"data") + 1000] ^= 1
        with result.open("r+b") as file:
            file.write(edited)
        os.utime(result, ns=(before.st_atime_ns, before.st_mtime_ns))
    edited = bytearray(result.read_bytes())
    make_take(take, 0.3, seed=1)
    run_once(gated, folder, 'on_rerender = "replace"')
    assert result.read_bytes() == edited
    assert tree(folder) == ["take.ada.2.wav", "take.ada.wav", "take.wav"]


def test_where_a_person_named_the_file_nothing_is_replaced(gated: Command, folder: Path) -> None:
    gated.config(f'backend = "gated"\n{FAST}[defaults]\non_rerender = "replace"\n')
    take, out = make_take(folder / "take.wav", 0.3), folder / "hero.wav"
    gated("convert", take, "--out", out)
    first = out.read_bytes()
    gated("convert", take, "--out", out, "--set", "seed=7")
    assert out.read_bytes() == first
    assert (folder / "hero.2.wav").exists()
    gated("convert", take, "--set", "seed=8")
    gated("retry", 3)
    gated("run", "--once", folder)
    assert tree(folder / "candidates") == ["take.ada.1.wav"]


def test_originals_that_are_done_are_moved_and_those_that_failed_stay(gated: Command, takes: Path) -> None:
    (takes / "ep1" / "broken.wav").write_bytes(b"RIFF and no more")
    settings = 'done_folder = "Done"'
    gated.config(f'backend = "gated"\n{FAST}[defaults]\n{settings}\n[[watch]]\nfolder = "{takes}"\n')
    gated("run", "--once", check=1)
    assert tree(takes) == [
        "Done/Guard_1.wav",
        "Done/ep1/Anna_03.wav",
        "Done/ep1/retakes/Anna_03.wav",
        "Guard_1.ada.wav",
        "ep1/Anna_03.ada.wav",
        "ep1/broken.wav",
        "ep1/retakes/Anna_03.ada.wav",
    ]
    before = tree(takes)
    gated("run", "--once", check=None)  # they are no new takes there
    assert tree(takes) == before
    number = next(job["id"] for job in gated.jobs() if job["path"] == str(takes / "Done" / "Guard_1.wav"))
    gated("retry", number)
    gated("run", "--once", check=None)
    assert (takes / "Guard_1.ada.2.wav").exists()
    assert (takes / "Done" / "Guard_1.wav").exists()


def test_done_and_replaced_go_together(gated: Command, folder: Path) -> None:
    settings = 'done_folder = "../Done"\non_rerender = "replace"'
    seen = []
    for n in range(3):
        make_take(folder / "take.wav", 0.3, seed=n)
        run_once(gated, folder, settings)
        seen.append((folder / "take.ada.wav").read_bytes())
    assert len(set(seen)) == 3
    assert tree(folder) == ["candidates/take.ada.1.wav", "candidates/take.ada.2.wav", "take.ada.wav"]
    assert tree(folder.parent / "Done") == ["take.2.wav", "take.3.wav", "take.wav"]


def test_what_was_asked_for_stays(gated: Command, folder: Path) -> None:
    gated.config(f'backend = "gated"\n{FAST}[defaults]\ndone_folder = "Done"\n')
    gated("convert", make_take(folder / "take.wav", 0.3))
    assert tree(folder) == ["take.ada.wav", "take.wav"]

"""Folders with compressed takes and videos: what is converted, what is skipped, and that nothing is skipped silently."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import soundfile

from signals import buzz
from support import FAST, Command, make_take

pytestmark = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg makes these files")


def ffmpeg(*words: object) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *map(str, words)], check=True)


@pytest.fixture
def drops(folder: Path) -> Path:
    source = make_take(folder.parent / "source.wav", 0.5)
    for name in ("a.m4a", "b.m4a", "c.wma"):
        ffmpeg("-i", source, folder / name)
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=32x32:d=0.5", "-i", source, "-shortest", folder / "film.mov")
    soundfile.write(folder / "d.mp3", buzz(0.5, seed=3), 48_000, format="MP3", subtype="MPEG_LAYER_III")
    for name in ("session.rpp", "cover.png", "notes.txt", "old.mpg"):
        (folder / name).write_bytes(b"x")
    return folder


def without_ffmpeg(folder: Path) -> dict[str, str]:
    return {"PATH": str(folder.parent)}


def test_without_ffmpeg_one_line_counts_what_is_skipped(gated: Command, drops: Path) -> None:
    done = gated("run", "--once", "--osc-port", "0", drops, **without_ffmpeg(drops))
    skipped = [line for line in done.stderr.splitlines() if "not converted (" in line]
    assert len(skipped) == 1
    assert "5 files are of kinds that are not converted (2 m4a, " in skipped[0]
    assert f'`takevoice explain "{drops}"` lists them' in skipped[0]
    assert gated.states() == {"d.mp3": "done"}
    listed = gated("explain", drops, **without_ffmpeg(drops)).stdout
    assert "a.m4a  MPEG-4 or QuickTime, needs ffmpeg on the PATH: `" in listed
    assert "old.mpg  MPEG, cannot be read" in listed
    assert "png" not in listed
    assert "rpp" not in listed
    told = gated("convert", drops / "a.m4a", check=1, **without_ffmpeg(drops)).stderr
    assert "install ffmpeg" in told
    assert len(told.strip().splitlines()) == 1


def test_with_ffmpeg_takes_are_converted_and_videos_wait_to_be_named(gated: Command, drops: Path) -> None:
    done = gated("run", "--once", "--osc-port", "0", drops)
    assert "2 files are of kinds that are not converted (1 mov, 1 mpg)" in done.stderr
    assert gated.states() == dict.fromkeys(("a.m4a", "b.m4a", "c.wma", "d.mp3"), "done")
    listed = json.loads(gated("explain", "--json", drops).stdout)
    assert [Path(each["path"]).name for each in listed["skipped"]] == ["film.mov", "old.mpg"]
    assert gated("convert", drops / "film.mov").stdout == f"{drops / 'film.ada.wav'}\n"
    again = gated("run", "--once", "--osc-port", "0", drops)
    assert "0 converted, 0 failed" in again.stderr
    assert "9 more are known already, or results of takevoice" in gated("quote", drops).stdout


def test_videos_are_taken_where_the_config_says_so(gated: Command, drops: Path) -> None:
    gated.config(f'backend = "gated"\n{FAST}\n[[watch]]\nfolder = "{drops}"\nvideos = true\n')
    done = gated("run", "--once", "--osc-port", "0")
    assert gated.states()["film.mov"] == "done"
    assert "1 file is of a kind that is not converted (1 mpg)" in done.stderr
    assert "film.mov" not in gated("explain", drops).stdout


def test_doctor_says_whether_there_is_ffmpeg(gated: Command, drops: Path) -> None:
    assert "compressed takes and videos are read with ffmpeg" in gated("doctor", check=None).stdout
    told = gated("doctor", check=None, **without_ffmpeg(drops)).stdout
    assert "they need ffmpeg" in told


def test_a_damaged_m4a_fails_with_one_line(gated: Command, drops: Path) -> None:
    path = drops / "a.m4a"
    data = bytearray(path.read_bytes())
    start = data.index(b"mdat") + 60
    data[start : start + 1500] = os.urandom(1500)
    path.write_bytes(data)
    told = gated("convert", path, check=1).stderr.strip().splitlines()
    assert len(told) == 1
    assert "damaged" in told[0]

"""Files of kinds that are not converted: counted in one line, listed on request, and explained by name."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from support import FAST, Command, make_take


def encode(path: Path, *options: str) -> Path:
    """Have ffmpeg write a second of a tone; its suffix says in which format."""
    tone = ("-f", "lavfi", "-i", "sine=220:d=1")
    subprocess.run(["ffmpeg", "-v", "error", "-y", *tone, *options, str(path)], check=True)
    return path


def test_a_folder_counts_what_it_skips_in_one_line(gated: Command, folder: Path) -> None:
    make_take(folder / "take.wav", 0.2)
    (folder / "sub").mkdir()
    for name in ("a.mp2", "b.mp2", "sub/c.mpg"):
        encode(folder / name)
    for name in ("song.rpp", "cover.jpg", "take.wav.reapeaks", "notes.txt"):
        (folder / name).write_bytes(b"x")
    gated.config(FAST)
    done = gated("run", "--once", folder)
    lines = [line for line in done.stderr.splitlines() if "not converted (" in line]
    assert len(lines) == 1
    wanted = f'3 files are of kinds that are not converted (2 mp2, 1 mpg): `takevoice explain "{folder}"` lists them'
    assert wanted in lines[0]
    assert "1 converted, 0 failed" in done.stderr


def test_a_folder_of_takes_alone_is_not_nagged_about(gated: Command, folder: Path) -> None:
    make_take(folder / "take.wav", 0.2)
    (folder / "song.rpp").write_bytes(b"x")
    gated.config(FAST)
    assert "not converted (" not in gated("run", "--once", folder).stderr


def test_explain_lists_what_a_folder_skips(gated: Command, folder: Path) -> None:
    make_take(folder / "take.wav", 0.2)
    (folder / "a.mpg").write_bytes(b"x")
    (folder / "notes.txt").write_bytes(b"x")
    said = gated("explain", folder).stdout
    assert "a.mpg  MPEG" in said
    assert "ffmpeg -i IN OUT.wav" in said
    assert "notes.txt" not in said
    content = json.loads(gated("explain", folder, "--json").stdout)
    assert [each["path"] for each in content["skipped"]] == [str(folder / "a.mpg")]
    assert content["audio_files"] == 1


@pytest.mark.parametrize(("name", "kind"), [("drop.mp2", "MPEG Layer II"), ("drop.mpg", "MPEG"), ("drop.au", "Sun audio")])
def test_convert_says_what_a_file_is_and_what_helps(gated: Command, folder: Path, name: str, kind: str) -> None:
    encode(folder / name)
    said = gated("convert", folder / name, check=1).stderr
    assert f"is {kind}" in said
    assert f'`ffmpeg -i "{name}" "drop.wav"`' in said
    assert "render it again" not in said

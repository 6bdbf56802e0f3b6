"""Takes that ffmpeg decodes on their way through the pipeline: names, what is known already, and what is held."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
import soundfile

from pipeline.line import Line
from support import make_take
from takevoice import audio
from takevoice.system.fileid import version_of

pytestmark = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg makes these files")


def m4a(path: Path) -> Path:
    source = make_take(path.parent.parent / "source.wav", 0.6)
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-i", source, path], check=True)
    return path


def test_an_m4a_becomes_a_wav_and_neither_is_taken_again(line: Line) -> None:
    take = m4a(line.folder / "take.m4a")
    line.drop(take)
    line.work_off()
    result = line.folder / "take.ada.wav"
    assert line.job.output == result
    assert soundfile.info(result).frames == audio.inspect(take).frames
    assert line.existing.own_result(audio.inspect(result), "") == "its metadata says so"
    assert line.existing.named_like_results([result]) == {result}
    assert line.drop(result, take) == [None, None]
    line.ledger.close()
    other = Line(line.folder, line.state.with_name("other"))  # the ledger is lost: the file itself tells
    assert other.drop(take) == [None]
    other.ledger.close()


def test_files_that_only_ffmpeg_reads_are_held_when_it_is_installed(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.set("[money]\nfirst_look = true\n")
    path = os.environ["PATH"]
    old = m4a(line.folder / "old.m4a")
    line.ledger.roots.record_look(line.folder, "disk:1", time.time() - 1000, [], [])
    monkeypatch.setenv("PATH", str(line.folder))
    line.holds.on_root_seen(line.folder, "disk:1", {})
    monkeypatch.setenv("PATH", path)
    version = version_of(old)
    assert version is not None
    line.holds.on_root_seen(line.folder, "disk:1", {str(old): version})
    line.drop(old)
    assert {job.path.name: job.error_code for job in line.ledger.jobs.select()} == {"old.m4a": "first_look"}


def test_videos_that_were_there_are_held_once_they_are_wanted(line: Line) -> None:
    line.set("[money]\nfirst_look = true\n")
    old = m4a(line.folder / "old.mp4")
    line.ledger.roots.record_look(line.folder, "disk:1", time.time() - 1000, [], [])
    line.holds.on_root_seen(line.folder, "disk:1", {})
    line.set(f'[money]\nfirst_look = true\n[[watch]]\nfolder = "{line.folder}"\nvideos = true\n')
    version = version_of(old)
    assert version is not None
    line.holds.on_root_seen(line.folder, "disk:1", {str(old): version})
    line.drop(old)
    assert line.job.error_code == "first_look"

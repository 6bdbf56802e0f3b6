"""Temporary folders of takevoice: private, gone when they are left, and those of killed processes are removed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from takevoice.system.scratch import _remove_leftovers_once, scratch_folder

KILLED = "import os, sys; from takevoice import scratch_folder; folder = scratch_folder('upload'); print(folder.name); sys.stdout.flush(); os.kill(os.getpid(), 9)"


def test_a_folder_is_private_and_goes_when_it_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with scratch_folder("upload") as folder:
        Path(folder, "take.wav").write_bytes(b"x")
        if os.name == "posix":
            assert Path(folder).stat().st_mode & 0o077 == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.process
@pytest.mark.skipif(sys.platform == "win32", reason="no process ends itself by a signal there")
def test_folders_of_killed_processes_are_removed_and_no_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    killed = subprocess.run([sys.executable, "-c", KILLED], capture_output=True, text=True, env={**os.environ, "TMPDIR": str(tmp_path)})
    left = Path(killed.stdout.strip())
    Path(left, "take.wav").write_bytes(b"x")
    others = [tmp_path / name for name in (f"takevoice-upload-{os.getppid()}-x", f"takevoice-play-{os.getpid()}-x", "takevoice-upload-mine", "takevoice-0")]
    for each in others:
        each.mkdir()
    _remove_leftovers_once.cache_clear()
    with scratch_folder("upload"):
        assert not left.exists()
        assert all(each.exists() for each in others)

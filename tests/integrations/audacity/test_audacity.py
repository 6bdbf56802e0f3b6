"""A real Audacity under Xvfb, driven by its script pipe: the selection is converted onto a new track at the same place."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from integrations.ardour.studio import display, stop
from support import GATED, TAKES, Cli, wait_for
from takevoice.cli import main
from takevoice_plugins.audacity import pipes
from takevoice_plugins.audacity.commands import Audacity, connected, quoted
from takevoice_plugins.audacity.pipes import AudacityError

MODULES = [
    Path(f"/usr/lib/{place}audacity/modules/mod-script-pipe.so") for place in ("", "x86_64-linux-gnu/")
]
MODULE = next((path for path in MODULES if path.exists()), None)
PROGRAMS = ("audacity", "Xvfb", "xdotool")
MISSING = MODULE is None or not all(map(shutil.which, PROGRAMS))
pytestmark = pytest.mark.editor
needs_audacity = pytest.mark.skipif(
    MISSING, reason="needs Audacity (apt-get install --no-install-recommends audacity xvfb xdotool)"
)
TAKE = TAKES / "narrator_48k_24bit.flac"
CONFIG = """\
NewPrefsInitialized=1
[Version]
Major=3
Minor=2
Micro=4
[GUI]
ShowSplashScreen=0
[Update]
UpdateNoticeShown=1
DefaultUpdatesChecking=0
[Module]
mod-script-pipe=1
[ModulePath]
mod-script-pipe={path}
[ModuleDateTime]
mod-script-pipe={time}
"""


def pipe_paths() -> list[Path]:
    return [Path(f"/tmp/audacity_script_pipe.{way}.{os.getuid()}") for way in ("to", "from")]


def is_running() -> bool:
    """Whether an Audacity of this user answers; does not wait for one that may be starting."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipes, "OPEN_TIMEOUT", 0)
        try:
            with connected():
                return True
        except AudacityError:
            return False


def has_window(screen: str) -> bool:
    """Whether its window is there; what it is asked before is lost, and asked again a second later."""
    search = ["xdotool", "search", "--onlyvisible", "--class", "audacity"]
    return subprocess.run(search, env={**os.environ, "DISPLAY": screen}, capture_output=True).returncode == 0


def ask(what: Callable[[Audacity], Any]) -> Any:
    """Asks a running Audacity, over a connection of its own."""
    with connected() as running:
        return what(running)


Ask = Callable[[Callable[[Audacity], Any]], Any]


def select(running: Audacity, track: int, start: float, end: float) -> None:
    running.do(f"SelectTime: Start={start} End={end} RelativeTo=ProjectStart")
    running.do(f"SelectTracks: Track={track} TrackCount=1 Mode=Set")


def export(running: Audacity, path: Path) -> None:
    """The second track, from the beginning of the project on."""
    select(running, 1, 0, 4)
    running.do(f"Export2: Filename={quoted(path)} NumChannels=1")


@pytest.fixture
def audacity(own_home: Path, tmp_path: Path) -> Iterator[Ask]:
    """A running Audacity with a take on its first track. Each question is a connection of its own, as each command is."""
    assert MODULE is not None
    if is_running():
        pytest.skip("another Audacity of this user is running")
    for path in pipe_paths():
        path.unlink(missing_ok=True)
    made = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(MODULE.stat().st_mtime))
    config = own_home / "config" / "audacity" / "audacity.cfg"
    config.parent.mkdir(parents=True)
    config.write_text(CONFIG.format(path=MODULE, time=made))
    (own_home / ".local" / "share" / "audacity").mkdir(parents=True)
    with display(tmp_path) as screen, (tmp_path / "audacity.log").open("wb") as log:
        env = {**os.environ, "DISPLAY": screen, "NO_AT_BRIDGE": "1", "GDK_BACKEND": "x11"}
        process = subprocess.Popen(["audacity"], env=env, stdout=log, stderr=log)
        try:
            wait_for(lambda: has_window(screen) or process.poll() is not None, 40)
            wait_for(lambda: is_running() or process.poll() is not None, 40)
            assert process.poll() is None, (tmp_path / "audacity.log").read_text()
            ask(lambda running: running.do(f"Import2: Filename={quoted(TAKE)}"))
            yield ask
        finally:
            process.kill()
            stop(process)
            process.wait()
            for path in pipe_paths():
                path.unlink(missing_ok=True)


@needs_audacity
def test_the_selection_comes_back_on_a_new_track(audacity: Ask, cli: Cli, tmp_path: Path) -> None:
    cli.plugin("gated", GATED)
    cli.config('backend = "gated"\n')
    audacity(lambda running: select(running, 0, 1.2345678, 3.7654321))
    said = cli("audacity", "--voice", "bea").stdout
    assert said == f"converted to the new track {TAKE.stem} (bea)\n"
    original, new = audacity(lambda running: running.info("Tracks"))
    assert new["name"] == f"{TAKE.stem} (bea)"
    assert (new["start"], new["end"]) == pytest.approx((1.23457, 3.76543), abs=2e-5)
    assert original["name"] == TAKE.stem
    # To the sample: what lies before the clip is silence.
    audacity(lambda running: export(running, tmp_path / "out.wav"))
    samples, rate = soundfile.read(tmp_path / "out.wav")
    start = round(1.2345678 * rate)
    assert np.abs(samples[: start - 2]).max() < 1e-3
    assert np.abs(samples[start : start + rate]).max() > 0.01
    was = soundfile.read(TAKE)[0][start : start + 2 * rate]
    assert np.abs(was - samples[start : start + 2 * rate]).max() > 0.01
    # A second time, and with nothing selected.
    audacity(lambda running: select(running, 0, 0.5, 1.5))
    assert "(ada)" in cli("audacity", "--voice", "ada").stdout
    assert len(audacity(lambda running: running.info("Tracks"))) == 3
    audacity(lambda running: running.do("SelectNone:"))
    assert "select part of one audio track in Audacity" in cli("audacity", check=1).stderr
    assert len(audacity(lambda running: running.info("Tracks"))) == 3


def test_no_audacity_is_reported_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if is_running():
        pytest.skip("an Audacity of this user is running")
    monkeypatch.setattr(pipes, "OPEN_TIMEOUT", 0.1)
    assert main(["audacity"]) == 1
    printed = capsys.readouterr().err
    assert "takevoice: Audacity is not running, or mod-script-pipe is not enabled; start Audacity" in printed

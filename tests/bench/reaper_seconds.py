"""From the key press in REAPER to the converted take, in seconds: `python tests/bench/reaper_seconds.py`.

With the tests' stand-in for REAPER and a running daemon with the local engine; what REAPER itself takes is not in it.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import soundfile

from integrations.reaper.fake import Reaper
from integrations.reaper.model import Project
from support import TAKES, Cli
from takevoice.cli.install.files import put
from takevoice.cli.install.reaper import plan

TIMES = 5


def once(resources: Path, folder: Path, number: int, *, sockets: bool) -> tuple[float, float, float]:
    """Seconds until the action has ended, the audio is sent, and the take is there. Each time it is other audio."""
    samples, rate = soundfile.read(str(TAKES / "narrator_48k_24bit.flac"))
    path = folder / f"take {number}.wav"
    soundfile.write(str(path), samples * 0.99**number, rate, "PCM_24")
    project = Project(folder)
    item = project.place(project.track("Lead"), path)
    reaper = Reaper(resources, project, sockets=sockets)
    pressed = time.monotonic()
    reaper.run("convert_selected_items")
    ended = time.monotonic() - pressed
    reaper.until(lambda: "state=sent" in str(project.data) or len(item.takes) == 2)
    sent = time.monotonic() - pressed
    reaper.until(lambda: len(item.takes) == 2)
    there = time.monotonic() - pressed
    reaper.quit()
    return ended, sent, there


def main(base: Path) -> None:
    """Prints the medians, once with LuaSocket and once with the takevoice command."""
    home, resources, media, exports = (base / name for name in ("home", "REAPER", "Media", "Exports"))
    for folder in (home, media, exports):
        folder.mkdir()
    os.environ |= {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "TAKEVOICE_STATE": str(home / "state"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    os.environ.pop("ELEVENLABS_API_KEY", None)
    cli = Cli(home)
    for _ in put(plan(resources, cli.state).files):
        pass
    with cli.daemon(exports, "--osc-port", 0):
        once(resources, media, 0, sockets=True)
        for sockets in (True, False):
            first = 1 + TIMES * sockets
            runs = [once(resources, media, n, sockets=sockets) for n in range(first, first + TIMES)]
            ended, sent, there = (statistics.median(values) for values in zip(*runs, strict=True))
            way = "LuaSocket" if sockets else "command"
            print(f"{way:<9} action ended {ended:.2f} s, audio sent {sent:.2f} s, take there {there:.2f} s")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        main(Path(name))
